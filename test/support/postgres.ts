// A real PostgreSQL for tests, which they may kill, stop and fill.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { guardFolder } from './postgres-guard.ts';
import { PostgresProcess } from './postgres-process.ts';
import { findPostgres, type ProgramUser, postgresUser, runnableBy } from './postgres-programs.ts';

/** Whether there is a PostgreSQL. With TEST_REQUIRE_DATABASES its absence is a failure; else tests are skipped. */
export const hasPostgres = findPostgres() !== undefined;

if (!hasPostgres) {
  const missing = 'NO POSTGRESQL: the storage postgres:// is NOT tested. Install it: apt-get install postgresql';
  if (process.env.TEST_REQUIRE_DATABASES === '1') throw new Error(missing);
  console.error(`\n${'!'.repeat(missing.length)}\n${missing}\n${'!'.repeat(missing.length)}\n`);
}

/** Whether this user can make file systems in memory: usually root, and not in every container. */
export const canMount = hasPostgres && tryMount();

export interface PostgresOptions {
  /** Settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How roles other than the superuser show who they are. Default: `trust`, not at all. */
  readonly auth?: 'trust' | 'scram-sha-256';
  /** Paths of files for TLS. Default: no TLS. */
  readonly tls?: {
    readonly certificate: string;
    readonly key: string;
    /** Whether clients have to show that certificate, too. */
    readonly isMutual?: boolean;
  };
  /** Size of a file system of its own in the folder `space`. Only root can make one. */
  readonly spaceMiB?: number;
}

/** A database that nobody has used, and a role that owns it and has no other right. */
export interface PostgresDatabase {
  readonly name: string;
  /** As the role, whose name is the database's. */
  readonly url: string;
}

/** With TLS it listens at a second address, too, which its certificate may not have. */
const WITH_TLS = { ssl: 'on', ssl_ca_file: 'server.crt', listen_addresses: '127.0.0.1,127.0.0.2' };

/** Of roles, where a password is asked for. */
export const CANARY_PASSWORD = 'canary-9c1f/@:%';

/** A PostgreSQL of its own, in a folder of its own. It ends with `stop`, and at the latest with the test run. */
export class PostgresServer {
  readonly port: number;
  readonly folder: string;
  readonly #bin: string;
  readonly #process: PostgresProcess;
  readonly #user: ProgramUser;
  readonly #clean: () => Promise<void>;
  readonly #settings: Readonly<Record<string, string>>;
  #databases = 0;

  /** @param folder An empty folder, in which everything is kept. */
  constructor(folder: string, port: number, options: PostgresOptions) {
    const { settings = {}, auth = 'trust', tls, spaceMiB } = options;
    this.port = port;
    this.folder = folder;
    this.#settings = { ...settings, ...(tls === undefined ? {} : WITH_TLS) };
    this.#clean = guardFolder(folder);
    this.#user = postgresUser();
    this.#own(folder);
    this.#bin = runnableBy(this.#user, findPostgres() ?? missing(), folder);
    this.#process = new PostgresProcess({ bin: this.#bin, folder, port, user: this.#user });
    if (spaceMiB !== undefined) this.#mountSpace(spaceMiB);
    this.#run('initdb', ['-D', this.#data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
    writeFileSync(
      join(this.#data, 'pg_hba.conf'),
      `local all all trust
       host all postgres 127.0.0.1/32 trust
       ${tls?.isMutual ? `hostssl all all 127.0.0.0/8 ${auth} clientcert=verify-ca` : `host all all 127.0.0.0/8 ${auth}`}`,
    );
    if (tls !== undefined) {
      copyFileSync(tls.certificate, join(this.#data, 'server.crt'));
      copyFileSync(tls.key, join(this.#data, 'server.key'));
      this.#own(join(this.#data, 'server.key'), 0o600);
    }
  }

  /** URL of the database `postgres`, as its superuser. */
  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Folder of the data. */
  get #data(): string {
    return join(this.folder, 'data');
  }

  /** The folder with a file system of its own. */
  get space(): string {
    return join(this.folder, 'space');
  }

  /**
   * Makes a database, and a role that owns it and has no other right.
   *
   * @param where `space`: its tables are in the folder with a file system of its own.
   */
  async database(where: 'data' | 'space' = 'data'): Promise<PostgresDatabase> {
    this.#databases += 1;
    const name = `db${this.#databases}`;
    const client = await this.connect();
    await client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${CANARY_PASSWORD}'`);
    if (where === 'space') await client.query(`CREATE TABLESPACE of_${name} LOCATION '${this.space}'`);
    await client.query(`CREATE DATABASE ${name} OWNER ${name}${where === 'space' ? ` TABLESPACE of_${name}` : ''}`);
    await client.end();
    return { name, url: this.urlOf(name) };
  }

  /** URL of a database for the role with its name. */
  urlOf(name: string, port = this.port): string {
    return `postgres://${name}:${encodeURIComponent(CANARY_PASSWORD)}@127.0.0.1:${port}/${name}`;
  }

  /** Runs statements as the superuser, on a connection of their own. @returns the rows of the last one. */
  async query<Row>(text: string, database = 'postgres'): Promise<Row[]> {
    const client = await this.connect(database);
    try {
      const results = [await client.query(text)].flat();
      return results.at(-1)?.rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** Resolves when nobody is connected as the role with this name. */
  async gone(name: string): Promise<void> {
    const client = await this.connect();
    const others = `SELECT FROM pg_stat_activity WHERE usename = '${name}'`;
    while ((await client.query(others)).rowCount !== 0);
    await client.end();
  }

  /** A connection of the superuser, whose transaction can be left open. Whoever opens it has to end it. */
  async connect(database = 'postgres'): Promise<pg.Client> {
    const client = new pg.Client(this.url.replace(/postgres$/, database));
    // It may be killed with the server.
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  /** Starts the server, the first time or again. Resolves when it accepts connections. */
  start(): Promise<void> {
    return this.#process.start(this.#settings);
  }

  /** Starts a killed server as a standby, which may only be read, until it is promoted. */
  async startAsStandby(): Promise<void> {
    writeFileSync(join(this.#data, 'standby.signal'), '');
    await this.start();
  }

  /** Ends it at once, as a crash does. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** Stops all of its processes, so that the system accepts connections and nobody answers. */
  pause(): void {
    this.#process.pause();
  }

  resume(): void {
    this.#process.resume();
  }

  /** Ends it, and removes its folder. */
  async stop(): Promise<void> {
    await this.#process.stop();
    await this.#clean();
  }

  #run(program: string, args: readonly string[]): void {
    const { status, stderr } = spawnSync(join(this.#bin, program), args, { ...this.#user, cwd: this.folder });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  }

  #mountSpace(mebibytes: number): void {
    mkdirSync(this.space);
    if (!mountMemory(this.space, mebibytes)) throw new Error(`mount ${this.space}`);
    this.#own(this.space);
  }

  #own(path: string, mode = 0o700): void {
    if (this.#user.uid !== undefined) chownSync(path, this.#user.uid, this.#user.gid as number);
    chmodSync(path, mode);
  }
}

/** Starts a PostgreSQL. Whoever starts it has to stop it. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-postgres-'));
  const server = new PostgresServer(folder, await freePort(), options);
  await server.start();
  return server;
}

function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-mount-'));
  const isMounted = mountMemory(folder, 1);
  if (isMounted) spawnSync('umount', [folder]);
  else
    console.error(
      '\nNO MOUNT: that a disk is really full is NOT tested, only that PostgreSQL says so. It needs root.\n',
    );
  rmdirSync(folder);
  return isMounted;
}

function mountMemory(folder: string, mebibytes: number): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]).status === 0;
}

function missing(): never {
  throw new Error('PostgreSQL is not installed.');
}
