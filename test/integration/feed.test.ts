import { expect, test } from 'vitest';
import { createFeedHub } from '../../src/hubs/feed.ts';
import { eventually } from '../support/inbox.ts';
import { PlainClient } from '../support/plain-client.ts';
import { startTimedServer } from '../support/timed-server.ts';

const PATH = '/hubs/feed/ws';
const READERS = 200;
/** Bytes of a message, and number of messages: together more than the kernels of both sides hold for a client. */
const BALLAST = 'x'.repeat(100_000);
const MESSAGES = 50;

test('a client that does not read is dropped, while 200 others get everything, in order', async () => {
  const { pass, port, server } = await startTimedServer({ '/hubs/feed': createFeedHub() });
  const open = () => PlainClient.open(port, { path: PATH });
  const readers = await Promise.all(Array.from({ length: READERS }, open));
  const slow = await open();
  slow.socket.pause();
  expect(server.clientCount()).toBe(READERS + 1);
  const everybodyHas = (count: number) => Promise.all(readers.map(({ envelopes }) => envelopes.until(count)));
  for (let number = 0; number < MESSAGES; number++) {
    await server.broadcast('n', { number, ballast: BALLAST });
    // As fast as they read: this is about the one who does not.
    await everybodyHas(number + 1);
  }
  pass(11_000);
  await eventually(() => server.clientCount() === READERS);
  await server.broadcast('n', { number: MESSAGES });
  for (const envelopes of await everybodyHas(MESSAGES + 1)) {
    const numbers = envelopes.map(({ payload }) => (payload as { number: number }).number);
    expect(numbers).toEqual(Array.from({ length: MESSAGES + 1 }, (_, number) => number));
  }
  slow.socket.resume();
  await slow.closed;
  expect(slow.envelopes.length).toBeLessThan(MESSAGES);
}, 60_000);
