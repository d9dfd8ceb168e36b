// A process with a low limit of open files, and a client that opens more sockets than that.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually, Inbox } from '../support/inbox.ts';
import { RawClient } from '../support/raw-client.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { build } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Compiling takes a while on a busy machine.
beforeAll(build, 120_000);

/** Enough to load all modules, of which Node opens many at once. */
const DESCRIPTORS = 500;
const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Starts the standalone server with this limit. It ends with the test. */
async function startConfined(): Promise<{ server: ChildProcess; port: number; lines: Inbox<string> }> {
  const command = [process.execPath, program, 'serve', '--port', '0', '--data', temporaryFolder()];
  const server = spawn('sh', ['-c', `ulimit -n ${DESCRIPTORS} && exec "$@"`, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  const lines = new Inbox<string>();
  createInterface({ input: server.stderr }).on('line', (text) => lines.put(text));
  const ended = once(server, 'exit').then(() => Promise.reject(new Error(`It has ended: ${lines.all.join('\n')}`)));
  ended.catch(() => {});
  const [line] = await Promise.race([once(createInterface({ input: server.stdout }), 'line'), ended]);
  return { server, lines, port: Number(/:(\d+)$/.exec(line)?.[1]) };
}

test('more sockets than there are descriptors end nobody, and when they go newcomers get in', async () => {
  const { server, port, lines } = await startConfined();
  const healthy = await RawClient.open(port, { path: '/hubs/chat' });
  onTestFinished(() => void healthy.socket.destroy());
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let n = 0; n < 2 * DESCRIPTORS; n++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {}).resume();
    sockets.push(socket);
  }
  // The server closes sockets for which it has no descriptor.
  await eventually(() => sockets.some(({ destroyed }) => destroyed));
  expect(await healthy.invoke('GetUsers')).toMatchObject({ result: [expect.anything()] });
  await lines.first((line) => /"code":"EMFILE".*no file descriptors are left/.test(line));
  for (const socket of sockets) socket.destroy();
  await lines.first((line) => /"durationMs":\d+.*there are file descriptors again/.test(line));
  // Until the server has noticed the free descriptors, it closes the socket.
  while ((await ask(port, requestText('GET', '/healthz')).catch(() => undefined))?.status !== 200);
  const newcomer = await RawClient.open(port, { path: '/hubs/chat' });
  onTestFinished(() => void newcomer.socket.destroy());
  expect(await newcomer.invoke('GetUsers')).toMatchObject({ result: [expect.anything(), expect.anything()] });
  expect(server.exitCode).toBeNull();
});
