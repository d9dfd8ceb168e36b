import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { answerRequest } from '../../src/http/plain-response.ts';
import { bind, createListener, type RequestHandler } from '../../src/web/listener.ts';
import { exchange, requestText } from '../support/raw-http.ts';

const KEEP_ALIVE_MS = 100;
/** Longer than `keepAliveTimeout`, and than the second that some versions of Node add to it. */
const BLOCKED_MS = 1_500;

async function startListener(): Promise<number> {
  const answer: RequestHandler = (_request, response) => {
    answerRequest(response, { status: 200 });
    return true;
  };
  const http = createListener([answer], { refused() {}, failed() {} }, KEEP_ALIVE_MS);
  onTestFinished(() => void http.close());
  const { port } = await bind(http, { port: 0, host: '127.0.0.1' });
  return port;
}

test('a request that has come while the event loop was blocked is answered, however long the socket was idle', async () => {
  const { socket } = await exchange(await startListener(), requestText('GET', '/'));
  onTestFinished(() => void socket.destroy());
  // The request is in the kernel at once.
  socket.write(requestText('GET', '/'));
  for (const end = performance.now() + BLOCKED_MS; performance.now() < end; );
  socket.resume();
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
});

test('a socket that has asked for nothing for long is cut', async () => {
  const { socket } = await exchange(await startListener(), requestText('GET', '/'));
  onTestFinished(() => void socket.destroy());
  await once(socket.resume(), 'close');
});
