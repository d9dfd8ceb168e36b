import { expect, test } from 'vitest';
import { type CloseReason, method, setupHub } from '../../src/index.ts';
import { Inbox } from '../support/inbox.ts';
import { RawClient } from '../support/raw-client.ts';
import { type HttpCall, RawRequests } from '../support/raw-polling.ts';
import { startServer } from '../support/test-server.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';

const CALL = '{"type":1,"invocationId":"1","target":"Here","arguments":[]}\x1e';
/** A call, followed by blanks that belong to the next record. */
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
  // The bytes before the payload of such a frame are released when they have been read.
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
  // The rest of it is the beginning of a record, and that record is too long.
  await reasons.until(2);
  newest.reset();
  await held(0);
  expect(backlogs.size).toBe(0);
});

test('what Node keeps of POSTs that wait for their turn counts with it, too', async () => {
  const reasons = new Inbox<CloseReason>();
  const hub = setupHub({}).createHub({ methods: {}, onDisconnected: (_hub, reason) => reasons.put(reason) });
  const { server, port } = await startServer({ '/hub': hub }, { maximumWaitingBytes: 4 * 65_536 - 1 });
  const { backlogs } = server.services;
  const client = await RawRequests.poll(port);
  const polls = client.get();
  // This POST has its turn and does not end. 'x' is the beginning of a record.
  client.postText(undefined).request.write('x');
  await expect.poll(() => backlogs.bytes).toBe(1);
  const waiting = [client.post(), client.post(), client.post()];
  await expect.poll(() => backlogs.bytes).toBe(3 * 65_536 + 1);
  waiting[1]?.drop();
  await expect.poll(() => backlogs.bytes).toBe(2 * 65_536 + 1);
  client.post();
  client.post();
  expect(await reasons.until(1)).toMatchObject([{ name: 'overflow' }]);
  expect((await (waiting[0] as HttpCall).answer).status).toBe(404);
  polls.drop();
  await expect.poll(() => backlogs.bytes).toBe(0);
});
