import { expect, test } from 'vitest';
import { type CloseReason, method, setupHub } from '../../src/index.ts';
import { Inbox } from '../support/inbox.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer } from '../support/test-server.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';

const CALL = '{"type":1,"invocationId":"1","target":"Here","arguments":[]}\x1e';
/** A call, and blanks behind it that belong to the next record. */
const long = (bytes: number) => CALL.padEnd(bytes, ' ');

test('what WebSockets keep of messages without an end counts with what waits: those who have most of it end', async () => {
  const reasons = new Inbox<CloseReason>();
  const hub = setupHub({}).createHub({
    methods: { Here: method([], () => true) },
    onDisconnected: (_hub, reason) => reasons.put(reason),
  });
  const { server, port } = await startServer({ '/hub': hub }, { maximumWaitingBytes: 1_000_000 });
  const { backlogs } = server.services;
  const held = (bytes: number) => expect.poll(() => backlogs.bytes).toBe(bytes);
  const [great, small] = [await RawClient.open(port), await RawClient.open(port)];
  // What stands before the payload of such a frame goes when it has been read.
  great.socket.write(clientFrame(Opcode.text, long(900_000)).subarray(0, 14 + 500_000));
  await held(500_000);
  small.frame(Opcode.text, long(200_000), { final: false });
  small.frame(Opcode.ping, 'between');
  await small.pongs.until(1);
  await held(700_000);
  // Before its handshake, too.
  const newest = await RawClient.upgrade(port);
  newest.frame(Opcode.text, ' '.repeat(250_000), { final: false });
  await held(950_000);
  newest.frame(Opcode.continuation, ' '.repeat(100_000), { final: false });
  expect((await reasons.until(1))[0]).toMatchObject({ name: 'overflow', allowReconnect: true });
  expect(await great.records.first(({ type }) => type === 7)).toMatchObject({ type: 7, allowReconnect: true });
  await held(550_000);
  small.frame(Opcode.continuation, '');
  expect(await small.records.first(({ type }) => type === 3)).toMatchObject({ result: true });
  // The rest of it is a record that has begun, and is too long.
  await reasons.until(2);
  newest.reset();
  await held(0);
  expect(backlogs.size).toBe(0);
});
