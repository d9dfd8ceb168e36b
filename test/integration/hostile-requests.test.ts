import { describe, expect, test } from 'vitest';
import { openRaw } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { ask, exchange, upgradeRequest } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';
import { forbidUncaught, undisturbed } from '../support/undisturbed.ts';

forbidUncaught();

const POST = 'POST /hub/negotiate HTTP/1.1\r\nHost: localhost\r\n';
/** Within the 16 KiB that all headers may have. */
const LONG = 15_000;

describe('a request that two parsers may read differently is 400, and its socket ends', () => {
  test.each([
    ['with a length and in chunks', `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['with two lengths', `${POST}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`],
    ['in chunks that are not the last coding', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['in a coding that nobody knows', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    [
      'with a chunk of more bytes than there are numbers',
      `${POST}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(17)}\r\n`,
    ],
    ['with a blank before a colon', `${POST}Content-Length : 0\r\n\r\n`],
    ['with a header over two lines', `${POST}X-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
    ['with ends of lines that are none', `${POST.replaceAll('\r', '')}Content-Length: 0\n\n`],
    ['without a Host', 'POST /hub/negotiate HTTP/1.1\r\nContent-Length: 0\r\n\r\n'],
  ])('%s', async (_what, request) => {
    const { port } = await startServer({ '/hub': emptyHub() });
    await undisturbed(port, async () => {
      const { answer, socket } = await exchange(port, request);
      expect(answer.status).toBe(400);
      await new Promise((resolve) => socket.on('close', resolve).resume());
    });
  });
});

/** Node keeps no header past the 1,000th or 2,000th, so an upgrade may lose the headers that make it one, or its length. */
test('more headers than are kept, and short enough to be taken: an upgrade is refused', async () => {
  const { port } = await startServer({ '/hub': emptyHub() });
  const [first = '', ...lines] = upgradeRequest('/hub').split('\r\n');
  const many = Array<string>(2_500).fill('a:b');
  await undisturbed(port, async () => {
    expect((await ask(port, [first, 'Host: localhost', ...many, ...lines].join('\r\n'))).status).toBe(431);
  });
});

test.each([
  ['a subprotocol of blanks', 'Sec-WebSocket-Protocol', `a${' '.repeat(LONG)}b`, 400],
  ['thousands of subprotocols', 'Sec-WebSocket-Protocol', `${'a,'.repeat(LONG / 2)}a`, 400],
  ['subprotocols of every object', 'Sec-WebSocket-Protocol', 'constructor, __proto__, toString', 101],
  ['an extension of blanks', 'Sec-WebSocket-Extensions', `a${' '.repeat(LONG)}b`, 101],
  ['thousands of nameless parameters', 'Sec-WebSocket-Extensions', `a${';'.repeat(LONG)}`, 101],
  ['thousands of quotes', 'Sec-WebSocket-Extensions', `a; b="${'\\"'.repeat(LONG / 2)}`, 101],
])('an upgrade with %s costs no time', async (_what, name, value, status) => {
  const { port } = await startServer({ '/hub': emptyHub() });
  await undisturbed(port, async () => {
    const used = process.cpuUsage();
    for (let n = 0; n < 20; n++)
      expect((await ask(port, upgradeRequest('/hub', { [name]: value }))).status).toBe(status);
    const { user, system } = process.cpuUsage(used);
    // Code that looks back for each character takes seconds for each request.
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });
  expect(await (await openRaw(port)).invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
});
