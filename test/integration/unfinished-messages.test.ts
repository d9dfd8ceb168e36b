import { expect, test } from 'vitest';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { plainHub } from '../support/plain-hub.ts';
import { arrived } from '../support/raw-polling.ts';
import { startTimedServer } from '../support/timed-server.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';

/** Longer than the test: nobody is to be pinged, and nobody to be found silent. */
const NO_PINGS = { keepAliveIntervalMs: 600_000 };

test.each([
  ['a fragment, and no last one', clientFrame(Opcode.text, '{"type":6}', { final: false })],
  ['half of a frame', clientFrame(Opcode.text, '{"type":6}\x1e'.repeat(10)).subarray(0, 50)],
  ['the first byte of a frame', Buffer.of(0x81)],
])('a WebSocket message that is begun and not finished has 30 s: %s', async (_what, bytes) => {
  const { port, server, pass } = await startTimedServer({ '/hub': plainHub() }, { hubOptions: NO_PINGS });
  const others = new Inbox<string>();
  const other = await openRaw(port);
  void other.ended.then(() => others.put('ended'));
  const hostile = await openRaw(port);
  hostile.socket.write(bytes);
  await arrived(port);
  pass(29_800);
  await arrived(port);
  expect(server.supervisor.size).toBe(2);
  pass(400);
  expect((await hostile.ended).code).toBeUndefined();
  await eventually(() => server.supervisor.size === 1);
  expect(others.all).toEqual([]);
});
