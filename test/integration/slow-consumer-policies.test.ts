import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, type SlowConsumerOptions, setupHub } from '../../src/index.ts';
import type { ReadRecord } from '../../src/testing/client-protocol.ts';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { laneOf } from '../support/lanes.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

interface Reader {
  Filler(text: string): void;
  Number(n: number): void;
  Typing(n: number): void;
}

/** Number of messages that may wait. */
const ROOM = 50;
/** More than all the buffers between the lane and the reader hold. */
const FILLER = 'x'.repeat(32 * 1_048_576);

/** These hubs have no limit in bytes, since the filler alone is above the default, and no grace time. */
function pushingHub(slowConsumer: SlowConsumerOptions, ends: Inbox<string> = new Inbox()) {
  return setupHub({ client: {} as Reader }).createHub({
    options: {
      slowConsumer: { limitMessages: ROOM, limitBytes: 2 ** 40, graceMs: 0, stallMs: 600_000, ...slowConsumer },
    },
    methods: {
      /** Pushes these numbers; the answer follows them. */
      Push: method([z.number(), z.number()], (hub, from, to) => {
        for (let n = from; n < to; n++) void hub.clients.all.send('Number', n);
        return to;
      }),
      Answer: method([z.number()], (_hub, n) => n),
    },
    onDisconnected: (_hub, reason) => ends.put(reason.name),
  });
}

/** A short text for a record: the number of a push, or `=` and the result of a call. */
function brief({ type, target, arguments: args, result }: ReadRecord): string {
  return type === 3 ? `=${result}` : `${target === 'Number' ? '' : target} ${args?.[0]}`.trim();
}

/**
 * A client that has stopped reading, and a lane that has stopped writing. `read` returns all that the client gets when
 * it reads again.
 */
async function stalledClient(started: TestServer, hub: ReturnType<typeof pushingHub>) {
  const received = new Inbox<string>();
  const client: RawClient = await openRaw(started.port, {
    path: '/hub?stalled',
    onRecord: (record) => {
      if (!record.subarray(0, 40).includes('Filler')) received.put(brief(JSON.parse(record.toString())));
    },
  });
  client.socket.pause();
  await started.server.context(hub).clients.all.send('Filler', FILLER);
  const lane = laneOf(started, 'stalled');
  await eventually(() => lane.isCongested);
  const read = async (last: string): Promise<readonly string[]> => {
    expect(lane.isCongested, 'nothing must have been read so far').toBe(true);
    client.socket.resume();
    await received.first((one) => one === last);
    return received.all;
  };
  return { client, lane, read, received };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => String(from + n));

describe('a reader that stalls and reads on', () => {
  test('with dropOldest gets the newest messages, in order', async () => {
    const hub = pushingHub({ policy: 'dropOldest' });
    const started = await startServer({ '/hub': hub });
    const { lane, read } = await stalledClient(started, hub);
    const { all } = started.server.context(hub).clients;
    for (let n = 0; n < 1_000; n++) void all.send('Number', n);
    expect(lane.lag.messages).toBe(ROOM);
    expect(lane.ledger.figures()).toMatchObject({ queued: ROOM, droppedBy: { policy: 950 } });
    expect(await read('999')).toEqual(numbers(950, 1_000));
    expect(lane.ledger.figures()).toMatchObject({ queued: 0, dropped: 950 });
  });

  test('with dropNewest gets the oldest messages, in order, and what is sent when there is room again', async () => {
    const hub = pushingHub({ policy: 'dropNewest' });
    const started = await startServer({ '/hub': hub });
    const { lane, read, received } = await stalledClient(started, hub);
    const { all } = started.server.context(hub).clients;
    for (let n = 0; n < 1_000; n++) void all.send('Number', n);
    expect(lane.ledger.figures()).toMatchObject({ queued: ROOM, droppedBy: { policy: 950 } });
    expect(await read('49')).toEqual(numbers(0, 50));
    await all.send('Number', 1_000);
    await received.first((one) => one === '1000');
    expect(received.all).toEqual([...numbers(0, 50), '1000']);
  });

  test('with disconnect is ended by the message that is one too many', async () => {
    const ends = new Inbox<string>();
    const hub = pushingHub({}, ends);
    const started = await startServer({ '/hub': hub });
    const { lane } = await stalledClient(started, hub);
    const { all } = started.server.context(hub).clients;
    for (let n = 0; n < ROOM; n++) await all.send('Number', n);
    expect([lane.lag.messages, ends.length]).toEqual([ROOM, 0]);
    await all.send('Number', ROOM);
    await ends.until(1);
    expect(ends.all).toEqual(['slow-consumer']);
    expect(lane.lag.messages).toBe(0);
  });

  test.each([
    // Answers keep their places; the oldest or the newest pushes around them are dropped.
    ['dropOldest', ['=40', ...numbers(73, 80), '=80', ...numbers(80, 120), '=120']],
    ['dropNewest', [...numbers(0, 40), '=40', ...numbers(40, 47), '=80', '=120']],
  ] as const)('with %s gets the answer to every call, in its place', async (policy, expected) => {
    const hub = pushingHub({ policy });
    const started = await startServer({ '/hub': hub });
    const { client, lane, read } = await stalledClient(started, hub);
    const push = (from: number, to: number) => ({
      type: 1,
      invocationId: `${to}`,
      target: 'Push',
      arguments: [from, to],
    });
    client.send(push(0, 40), push(40, 80), push(80, 120));
    await eventually(() => lane.ledger.dropped === 73);
    expect(lane.lag.messages).toBe(ROOM);
    expect(await read('=120')).toEqual(expected);
  });

  test.each(['dropOldest', 'dropNewest'] as const)(
    'with %s is ended when answers alone are too many',
    async (policy) => {
      const ends = new Inbox<string>();
      const hub = pushingHub({ policy }, ends);
      const started = await startServer({ '/hub': hub });
      const { client } = await stalledClient(started, hub);
      client.send(
        ...numbers(0, ROOM + 1).map((n) => ({ type: 1, invocationId: n, target: 'Answer', arguments: [Number(n)] })),
      );
      await ends.until(1);
      expect(ends.all).toEqual(['slow-consumer']);
    },
  );

  test('gets of the messages with one conflation key only the newest, and all others', async () => {
    const hub = pushingHub({});
    const started = await startServer({ '/hub': hub });
    const { lane, read } = await stalledClient(started, hub);
    const { all } = started.server.context(hub).clients;
    const conflated = (key: string, n: number) => void all.with({ conflate: key }).send('Typing', n);
    for (let n = 0; n < 20; n++) {
      void all.send('Number', n);
      for (let times = 0; times < 10; times++) conflated(n % 2 === 0 ? 'even' : 'odd', n);
    }
    // 400 messages, of which 22 wait. No client is disconnected, although there is room for 50 only.
    expect(lane.ledger.figures()).toMatchObject({ queued: 22, droppedBy: { conflated: 198 } });
    const received = await read('Typing 19');
    expect(received).toEqual([...numbers(0, 19), 'Typing 18', '19', 'Typing 19']);
  });

  test('is sent everything with a conflation key while it keeps up', async () => {
    const hub = pushingHub({});
    const started = await startServer({ '/hub': hub });
    const client = await openRaw(started.port);
    const { all } = started.server.context(hub).clients;
    for (let n = 0; n < 10; n++) void all.with({ conflate: 'same' }).send('Typing', n);
    await client.records.until(10);
    expect(client.callsOf('Typing')).toEqual(numbers(0, 10).map((n) => [Number(n)]));
  });

  test("a message's own policy counts instead of the hub's", async () => {
    const ends = new Inbox<string>();
    const hub = pushingHub({}, ends);
    const started = await startServer({ '/hub': hub });
    const { lane, read } = await stalledClient(started, hub);
    const { all } = started.server.context(hub).clients;
    for (let n = 0; n < ROOM; n++) void all.send('Number', n);
    for (let n = 0; n < 100; n++) void all.with({ policy: 'dropNewest' }).send('Typing', n);
    for (let n = ROOM; n < ROOM + 10; n++) void all.with({ policy: 'dropOldest' }).send('Number', n);
    expect(lane.ledger.figures()).toMatchObject({ queued: ROOM, droppedBy: { policy: 110 } });
    expect(await read('59')).toEqual(numbers(10, 60));
    expect(ends.all).toEqual([]);
  });
});
