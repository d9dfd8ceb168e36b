// PgBouncer in transaction mode, in a folder of its own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { postgresUser } from './postgres-programs.ts';

/** Debian has it where only root looks. */
const PATH = `${process.env.PATH}:/usr/sbin`;

/** Whether it is installed. With TEST_REQUIRE_DATABASES its absence is a failure; else tests are skipped. */
export const hasPgBouncer = spawnSync('pgbouncer', ['--version'], { env: { PATH } }).status === 0;

if (!hasPgBouncer) {
  const missing = 'NO PGBOUNCER: PostgreSQL behind it is NOT tested. Install it: apt-get install pgbouncer';
  if (process.env.TEST_REQUIRE_DATABASES === '1') throw new Error(missing);
  console.error(`\n${'!'.repeat(missing.length)}\n${missing}\n${'!'.repeat(missing.length)}\n`);
}

/** Connections to PostgreSQL that all clients share: fewer than clients, so that they get them by turns. */
const SHARED_CONNECTIONS = 2;

export interface PgBouncer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts it in front of a PostgreSQL on `target`, for these roles. Whoever starts it has to stop it; when the test run is
 * killed, it ends with its standard input.
 */
export async function startPgBouncer(target: number, roles: readonly string[]): Promise<PgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-pgbouncer-'));
  const user = postgresUser();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid as number);
  const port = await freePort();
  const users = join(folder, 'users.txt');
  writeFileSync(users, roles.map((role) => `"${role}" ""\n`).join(''));
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
     * = host=127.0.0.1 port=${target}
     [pgbouncer]
     listen_addr = 127.0.0.1
     listen_port = ${port}
     unix_socket_dir =
     auth_type = trust
     auth_file = ${users}
     pool_mode = transaction
     default_pool_size = ${SHARED_CONNECTIONS}`.replaceAll(/^ +/gm, ''),
  );
  // The shell ends it when its standard input ends, which is also the end of the test run.
  const script = 'pgbouncer "$1" & cat > /dev/null; kill -KILL $!; rm -rf "$2"';
  const child = spawn('sh', ['-c', script, 'pgbouncer', file, folder], {
    ...user,
    env: { PATH },
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (/process up/.test(log)) resolve();
      if (/FATAL/.test(log)) reject(new Error(log));
    });
  });
  return {
    port,
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
