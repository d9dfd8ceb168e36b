import { describe, expect, test } from 'vitest';
import { type CloseReason, type SlowConsumerOptions, setupHub } from '../../src/index.ts';
import type { ReadRecord } from '../../src/testing/client-protocol.ts';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { laneOf } from '../support/lanes.ts';
import { sessionOf } from '../support/sessions.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

interface End {
  readonly name: string;
  readonly reason: CloseReason;
}

interface Reader {
  Number(n: number, padding: string): void;
}

function numbersHub(ends: Inbox<End>, slowConsumer: SlowConsumerOptions = {}) {
  return setupHub({ client: {} as Reader }).createHub({
    options: { slowConsumer },
    methods: {},
    onDisconnected: (hub, reason) => ends.put({ name: hub.request.query.toString(), reason }),
  });
}

const HEAD = '{"type":1,"target":"Number","arguments":[';

/** Takes only the numbers out of records, since there are hundreds of thousands of them, and checks their order. */
class NumberReader {
  /** Number of numbers received: 0, 1, 2, ... without a gap. `fault` describes the first gap. */
  count = 0;
  fault: string | undefined;
  readonly others: ReadRecord[] = [];

  readonly onRecord = (record: Buffer): void => {
    if (record.toString('latin1', 0, HEAD.length) !== HEAD) {
      this.others.push(JSON.parse(record.toString()));
      return;
    }
    const n = Number.parseInt(record.toString('latin1', HEAD.length, HEAD.length + 6), 10);
    if (n !== this.count) this.fault ??= `${n} after ${this.count - 1}`;
    this.count += 1;
  };
}

const MESSAGES = 1_500;
const BATCH = 50;
const PADDING = 'x'.repeat(4_096);

/** Broadcasts in batches. All healthy readers await each batch, so that only a client that does not read is slow. */
async function broadcast(
  started: TestServer,
  hub: ReturnType<typeof numbersHub>,
  healthy: readonly NumberReader[],
  watch: () => void,
): Promise<void> {
  const { all } = started.server.context(hub).clients;
  for (let sent = 0; sent < MESSAGES; sent += BATCH) {
    for (let n = sent; n < sent + BATCH; n++) {
      await all.send('Number', n, PADDING);
      watch();
    }
    await eventually(() => healthy.every(({ count }) => count === sent + BATCH));
    watch();
  }
}

describe('a reader that stalls among 200 clients', () => {
  test('is ended as slow-consumer, within its limits; the other 199 receive everything in order', async () => {
    const ends = new Inbox<End>();
    const hub = numbersHub(ends, { graceMs: 0 });
    const started = await startServer({ '/hub': hub });
    const { server, port } = started;
    const healthy = Array.from({ length: 199 }, () => new NumberReader());
    for (const reader of healthy) await openRaw(port, { onRecord: reader.onRecord });
    const stalled = new NumberReader();
    const client = await openRaw(port, { path: '/hub?stalled', onRecord: stalled.onRecord });
    client.socket.pause();

    const lane = laneOf(started, 'stalled');
    const most = { messages: 0, bytes: 0 };
    let sawWaiting = false;
    await broadcast(started, hub, healthy, () => {
      const { messages, bytes } = lane.lag;
      most.messages = Math.max(most.messages, messages);
      most.bytes = Math.max(most.bytes, bytes);
      // Two independent counts: the queued messages of the ledger, and the messages in the lane.
      expect(lane.ledger.queued).toBe(messages);
      sawWaiting ||= messages > 0;
    });

    await ends.until(1);
    expect(ends.all.map(({ name }) => name)).toEqual(['stalled=']);
    expect(ends.all[0]?.reason).toMatchObject({ name: 'slow-consumer', allowReconnect: true });
    expect(sawWaiting).toBe(true);
    expect(most.messages).toBeLessThanOrEqual(1_000);
    expect(most.bytes).toBeLessThanOrEqual(1_048_576);

    expect(healthy.map(({ count, fault, others }) => ({ count, fault, others }))).toEqual(
      Array(199).fill({ count: MESSAGES, fault: undefined, others: [] }),
    );

    // It reads on in time: first a part of what had been written to it, and then the Close.
    client.socket.resume();
    expect((await client.ended).code).toBe(1000);
    expect(stalled.fault).toBeUndefined();
    expect(stalled.count).toBeLessThan(MESSAGES);
    expect(stalled.others).toEqual([{ type: 7, error: 'Connection closed with an error.', allowReconnect: true }]);

    // Everything is accounted for: the response to the handshake, the numbers and the Close are delivered, the rest is
    // dropped.
    await eventually(() => server.supervisor.size === 199);
    const { accepted, delivered, dropped, droppedBy, queued } = lane.ledger.figures();
    expect(delivered).toBe(1 + stalled.count + 1);
    expect(dropped).toBeGreaterThan(0);
    expect(droppedBy).toEqual({ 'slow-consumer': dropped });
    expect([accepted, queued]).toEqual([delivered + dropped, 0]);
    expect(server.runtimes.get('/hub')?.endedLanes.figures()).toEqual(lane.ledger.figures());
    for (const connection of server.supervisor.connections()) {
      const { lane: others } = sessionOf(connection);
      expect(others.ledger.figures()).toMatchObject({ accepted: MESSAGES + 1, delivered: MESSAGES + 1, dropped: 0 });
    }
  }, 60_000);

  test('is sent no more within one tick than sixteen times its limits, before anybody could have written anything', async () => {
    const ends = new Inbox<End>();
    const hub = numbersHub(ends);
    const started = await startServer({ '/hub': hub });
    const client = await openRaw(started.port, { path: '/hub?stalled' });
    client.socket.pause();
    const lane = laneOf(started, 'stalled');
    const { all } = started.server.context(hub).clients;
    const most = { messages: 0, bytes: 0 };
    for (let n = 0; n < 20_000; n++) {
      void all.send('Number', n, PADDING);
      most.messages = Math.max(most.messages, lane.lag.messages);
      most.bytes = Math.max(most.bytes, lane.lag.bytes);
    }
    expect(most.messages).toBeLessThanOrEqual(16_000);
    expect(most.bytes).toBeLessThanOrEqual(16 * 1_048_576);
    await ends.until(1);
    expect(ends.all[0]?.reason).toMatchObject({ name: 'slow-consumer' });
  });

  test('is ended after stallMs without taking a byte, although its policy never disconnects', async () => {
    const ends = new Inbox<End>();
    const hub = numbersHub(ends, { policy: 'dropOldest', stallMs: 400 });
    const started = await startServer({ '/hub': hub });
    const client = await openRaw(started.port, { path: '/hub?stalled' });
    client.socket.pause();
    // More than every buffer in between holds, and then one message that has to wait.
    const { all } = started.server.context(hub).clients;
    await all.send('Number', 0, 'x'.repeat(32 * 1_048_576));
    await all.send('Number', 1, PADDING);
    await ends.until(1);
    expect(ends.all[0]?.reason).toMatchObject({
      name: 'slow-consumer',
      text: 'The client has taken no byte for 400 ms (slowConsumer.stallMs).',
    });
  });

  test('goes on when it reads in time, however much has waited', async () => {
    const ends = new Inbox<End>();
    const hub = numbersHub(ends, { limitMessages: 10_000, limitBytes: 256 * 1_048_576 });
    const started = await startServer({ '/hub': hub });
    const reader = new NumberReader();
    const client = await openRaw(started.port, { path: '/hub?stalled', onRecord: reader.onRecord });
    client.socket.pause();
    const { all } = started.server.context(hub).clients;
    for (let n = 0; n < 10_000; n++) void all.send('Number', n, PADDING);
    expect(laneOf(started, 'stalled').lag.messages).toBeGreaterThan(1_000);
    client.socket.resume();
    await eventually(() => reader.count === 10_000);
    expect(reader).toMatchObject({ fault: undefined, others: [] });
    expect(ends.all).toEqual([]);
    await eventually(() => laneOf(started, 'stalled').lag.bytes === 0);
    expect(laneOf(started, 'stalled').lag).toEqual({ messages: 0, bytes: 0, oldestMs: 0 });
  });
});
