import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';

export interface PostgresServer {
  /** URL of the database `postgres`, as its superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a PostgreSQL of its own, as another user where this one is root. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = '/usr/lib/postgresql';
  const version = existsSync(programs) ? readdirSync(programs).sort().at(-1) : undefined;
  if (version === undefined) throw new Error('PostgreSQL is not installed');
  const bin = join(programs, version, 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-postgres-'));
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres']).stdout.toString());
  const user = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? 0);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync'],
    {
      ...user,
      cwd: folder,
    },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-k', folder, '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    { ...user, cwd: folder, stdio: 'ignore' },
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  for (;;) {
    const client = new pg.Client(url);
    client.on('error', () => {});
    if (
      await client.connect().then(
        () => true,
        () => false,
      )
    ) {
      await client.end();
      break;
    }
    if (child.exitCode !== null) throw new Error('PostgreSQL has ended');
  }
  return {
    url,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
