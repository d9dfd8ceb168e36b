// nginx with the configuration of examples/, in a folder of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';

const example = new URL('../../examples/nginx.conf', import.meta.url);

/** Whether nginx is installed. In CI its absence is a failure; elsewhere the tests are skipped. */
export const hasNginx = spawnSync('nginx', ['-v']).status === 0;

if (!hasNginx) {
  const missing = 'NO NGINX: examples/nginx.conf is NOT tested. Install it: apt-get install nginx';
  if (process.env.CI === 'true') throw new Error(missing);
  console.error(`\n${'!'.repeat(missing.length)}\n${missing}\n${'!'.repeat(missing.length)}\n`);
}

/**
 * Starts nginx in front of a server on `port`.
 *
 * @param upstream More lines for its `upstream`.
 * @returns its port, and its log.
 */
export async function startNginx(
  port: number,
  upstream = '',
): Promise<{ readonly port: number; readonly accessLog: () => string }> {
  const folder = temporaryFolder();
  const own = await freePort();
  const log = join(folder, 'access.log');
  const configured = readFileSync(example, 'utf8')
    .replace('server 127.0.0.1:5080;', `server 127.0.0.1:${port}; ${upstream}`)
    .replace('listen 8080;', `listen 127.0.0.1:${own};`)
    .replace('/var/log/nginx/signalbox.log', log);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr; events {}\nhttp { ${paths.join(' ')}\n${configured}\n}\n`,
  );
  const nginx = spawn('nginx', ['-c', file, '-p', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void nginx.kill('SIGKILL'));
  await listening(own, nginx);
  return { port: own, accessLog: () => readFileSync(log, 'utf8') };
}

/** Tries until the port accepts connections: nginx does not report it. */
async function listening(port: number, nginx: ChildProcess): Promise<void> {
  let said = '';
  nginx.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  for (;;) {
    if (nginx.exitCode !== null) throw new Error(`nginx has ended: ${said}`);
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isThere) return;
  }
}
