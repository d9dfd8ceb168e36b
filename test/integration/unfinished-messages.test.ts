import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import { UNFINISHED_MS } from '../../src/transports/unfinished-limit.ts';
import { openRaw } from '../support/clients.ts';
import { Inbox } from '../support/inbox.ts';
import type { RawClient } from '../support/raw-client.ts';
import { arrived, RawRequests, recordsOf } from '../support/raw-polling.ts';
import { startTimedServer } from '../support/timed-server.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';

const noteText = (text: string) => `${JSON.stringify({ type: 1, target: 'Note', arguments: [text] })}\x1e`;
const MESSAGE_IS_UNFINISHED = {
  name: 'protocol-error',
  text: `A WebSocket message was begun and not finished within ${UNFINISHED_MS} ms.`,
};

async function start() {
  const reasons = new Inbox<CloseReason>();
  const notes = new Inbox<string>();
  const held: Deferred<void>[] = [];
  const hub = setupHub({}).createHub({
    options: { keepAliveIntervalMs: 600_000 },
    onDisconnected: (_hub, reason) => reasons.put(reason),
    methods: {
      Note: method([z.string()], (_hub, text) => notes.put(text)),
      Hold: method([], { timeoutMs: 0 }, () => {
        held.push(defer());
        return held.at(-1)?.promise;
      }),
    },
  });
  return { ...(await startTimedServer({ '/hub': hub })), reasons, notes, held };
}

/** Resolves when the server has taken everything that the client has sent, including the call that this sends. */
async function taken(client: RawClient): Promise<void> {
  const pongs = client.pongs.length;
  client.frame(Opcode.ping, 'now');
  await client.pongs.until(pongs + 1);
}

const whole = clientFrame(Opcode.text, noteText('whole'));
const first = clientFrame(Opcode.text, noteText('fragmented').slice(0, 10), { final: false });
const second = clientFrame(Opcode.continuation, noteText('fragmented').slice(10, 20), { final: false });
const last = clientFrame(Opcode.continuation, noteText('fragmented').slice(20));

/** Parts of messages that a client can leave unfinished. */
const PARTS: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['half a head', whole.subarray(0, 1)],
  ['a head', whole.subarray(0, 6)],
  ['half a frame', whole.subarray(0, 20)],
  ['half a frame behind a message', Buffer.concat([whole, whole.subarray(0, 20)])],
  ['half a ping', clientFrame(Opcode.ping, 'hello').subarray(0, 8)],
  ['a fragment', first],
  ['fragments, and half of another', Buffer.concat([first, second, last.subarray(0, 3)])],
];

describe('a WebSocket message that is begun and not finished', () => {
  test.each(PARTS)('ends its connection with 1008 after 30 s: %s', async (_what, bytes) => {
    const { port, pass, reasons } = await start();
    const client = await openRaw(port);
    const witness = await openRaw(port);
    client.socket.write(bytes);
    await taken(witness);
    pass(UNFINISHED_MS - 200);
    await taken(witness);
    expect(reasons.length).toBe(0);
    pass(400);
    expect((await client.ended).code).toBe(1008);
    expect(await reasons.until(1)).toMatchObject([MESSAGE_IS_UNFINISHED]);
  });

  test('is not prolonged by pings between its fragments', async () => {
    const { port, pass, reasons } = await start();
    const client = await openRaw(port);
    client.socket.write(first);
    for (let second = 0; second < 29; second++) {
      await taken(client);
      client.frame(Opcode.pong, 'unasked');
      pass(1_000);
    }
    client.socket.write(second);
    await taken(client);
    expect(reasons.length).toBe(0);
    pass(1_200);
    expect((await client.ended).code).toBe(1008);
    expect(await reasons.until(1)).toMatchObject([MESSAGE_IS_UNFINISHED]);
  });

  test('is no fault when it is finished in time, and the next has its own 30 s', async () => {
    const { port, pass, reasons, notes } = await start();
    const client = await openRaw(port);
    client.socket.write(first);
    await taken(client);
    pass(29_000);
    client.socket.write(Buffer.concat([second, last, first]));
    await notes.until(1);
    pass(29_000);
    await taken(client);
    client.socket.write(Buffer.concat([second, last]));
    await notes.until(2);
    pass(10 * UNFINISHED_MS);
    await taken(client);
    expect(reasons.length).toBe(0);
  });

  test('has no less time when whole pings end where frames are cut', async () => {
    const { port, pass, reasons } = await start();
    const client = await openRaw(port);
    const witness = await openRaw(port);
    const ping = clientFrame(Opcode.ping, 'hello');
    client.socket.write(ping.subarray(0, 8));
    for (let second = 0; second < 40; second++) {
      await taken(witness);
      pass(1_000);
      client.socket.write(Buffer.concat([ping.subarray(8), ping.subarray(0, 8)]));
    }
    client.socket.write(ping.subarray(8));
    await taken(client);
    expect(reasons.length).toBe(0);
  });

  test('has its time only while the server reads', async () => {
    const { port, pass, reasons, notes, held } = await start();
    const client = await openRaw(port);
    const witness = await openRaw(port);
    const calls = `${JSON.stringify({ type: 1, target: 'Hold', arguments: [] })}\x1e`.repeat(101);
    // One call runs, and the others fill the mailbox. The socket is paused in the middle of a message.
    client.socket.write(Buffer.concat([clientFrame(Opcode.text, calls), first]));
    await taken(witness);
    pass(3 * UNFINISHED_MS);
    await taken(witness);
    expect(reasons.length).toBe(0);
    // From now on the message is read, and its time limit runs.
    held.shift()?.resolve();
    await taken(client);
    pass(UNFINISHED_MS - 1_000);
    await taken(client);
    expect(reasons.length).toBe(0);
    pass(1_200);
    expect((await client.ended).code).toBe(1008);
    expect(notes.length).toBe(0);
    for (const call of held) call.resolve();
  });
});

describe.each(['LongPolling', 'ServerSentEvents'] as const)('a record that is begun in a body (%s)', (transport) => {
  async function open(port: number) {
    const client = await RawRequests.negotiate(port);
    const isPolling = transport === 'LongPolling';
    if (isPolling) await client.get().answer;
    const stream = isPolling ? undefined : client.stream();
    await stream?.opened;
    await client.post({ protocol: 'json', version: 1 }).answer;
    if (isPolling) await client.get().answer;
    // The request that waits for records.
    return { client, answer: stream ?? client.get() };
  }

  test('may be finished by the next, within 30 s', async () => {
    const { port, pass, reasons, notes } = await start();
    const { client } = await open(port);
    await arrived(port);
    const record = noteText('in two bodies');
    expect((await client.postText(record.slice(0, 9)).answer).status).toBe(200);
    pass(UNFINISHED_MS - 1_000);
    expect((await client.postText(record.slice(9)).answer).status).toBe(200);
    expect(await notes.until(1)).toEqual(['in two bodies']);
    pass(UNFINISHED_MS + 1_000);
    await arrived(port);
    expect(reasons.length).toBe(0);
  });

  test('ends its connection when it is not finished after 30 s', async () => {
    const { port, pass, reasons } = await start();
    const { client, answer } = await open(port);
    await arrived(port);
    expect((await client.postText(noteText('whole') + noteText('half').slice(0, 9)).answer).status).toBe(200);
    pass(UNFINISHED_MS + 200);
    expect(await reasons.until(1)).toMatchObject([
      { name: 'protocol-error', text: `A record was begun and not finished within ${UNFINISHED_MS} ms.` },
    ]);
    const { body } = await answer.answer;
    expect(body).toContain('{"type":7,"error":"Connection closed with an error.","allowReconnect":true}');
    if (transport === 'LongPolling') expect(recordsOf({ status: 200, headers: {}, body })).toHaveLength(1);
  });
});
