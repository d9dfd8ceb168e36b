import { describe, expect, test } from 'vitest';
import { method, setupHub } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { laneOf } from '../support/lanes.ts';
import { startServer } from '../support/test-server.ts';

const CHUNK = 'x'.repeat(65_536);
const CHUNKS = 400;

/** `sent` counts the messages of the producers, which shows whether they wait. */
function producingHub(sent: Inbox<number>, ends: Inbox<string>) {
  return setupHub({ client: {} as { Chunk(n: number, data: string): void } }).createHub({
    options: { slowConsumer: { stallMs: 600_000 }, invocationTimeoutMs: 0 },
    methods: {
      ToMe: method([], async (hub) => {
        for (let n = 0; n < CHUNKS; n++) {
          await hub.clients.caller.send('Chunk', n, CHUNK);
          sent.put(n);
        }
      }),
      ToOthers: method([], async (hub) => {
        for (let n = 0; n < CHUNKS; n++) {
          await hub.clients.others.send('Chunk', n, CHUNK);
          sent.put(n);
        }
      }),
    },
    onDisconnected: (hub, reason) => ends.put(`${hub.request.query} ${reason.name}`),
  });
}

function chunkReader() {
  const chunks: number[] = [];
  const answers: unknown[] = [];
  const onRecord = (record: Buffer): void => {
    const { type, arguments: args, result, error } = JSON.parse(record.toString());
    if (type === 1) chunks.push(args[0]);
    else answers.push(error ?? result);
  };
  return { chunks, answers, onRecord };
}

const everyChunk = Array.from({ length: CHUNKS }, (_, n) => n);

describe('a method that awaits what it sends', () => {
  test('to its own caller is slowed by that caller, and loses nothing', async () => {
    const [sent, ends] = [new Inbox<number>(), new Inbox<string>()];
    const started = await startServer({ '/hub': producingHub(sent, ends) });
    const reader = chunkReader();
    const client = await openRaw(started.port, { path: '/hub?me', onRecord: reader.onRecord });
    client.socket.pause();
    client.send({ type: 1, invocationId: '1', target: 'ToMe', arguments: [] });
    // 26 MB do not fit into any buffer. The producer stops early, and the lane stays within its limits.
    const lane = laneOf(started, 'me');
    await eventually(() => lane.isCongested && sent.length > 0);
    for (let turn = 0; turn < 200; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(lane.lag.bytes).toBeLessThanOrEqual(1_048_576);
    }
    expect(sent.length).toBeLessThan(CHUNKS);
    client.socket.resume();
    await sent.until(CHUNKS);
    await eventually(() => reader.answers.length > 0);
    expect(reader).toMatchObject({ chunks: everyChunk, answers: [null] });
    expect(ends.all).toEqual([]);
  });

  test('to others is slowed by nobody: who does not read is ended, who reads gets everything', async () => {
    const [sent, ends] = [new Inbox<number>(), new Inbox<string>()];
    const started = await startServer({ '/hub': producingHub(sent, ends) });
    const stalled = await openRaw(started.port, { path: '/hub?stalled' });
    stalled.socket.pause();
    const producer = await openRaw(started.port, { path: '/hub?producer' });
    expect(await producer.invoke('ToOthers')).toMatchObject({ result: null });
    expect(sent.all).toEqual(everyChunk);
    await ends.until(1);
    expect(ends.all).toEqual(['stalled= slow-consumer']);
  });

  test('to a caller that goes is told at once: it does not wait for ever', async () => {
    const [sent, ends] = [new Inbox<number>(), new Inbox<string>()];
    const started = await startServer({ '/hub': producingHub(sent, ends) });
    const client = await openRaw(started.port, { path: '/hub?me' });
    client.socket.pause();
    client.send({ type: 1, invocationId: '1', target: 'ToMe', arguments: [] });
    const lane = laneOf(started, 'me');
    await eventually(() => lane.isCongested && sent.length > 0);
    client.reset();
    // Its sends reach no client, but they settle. Its end depends on that, and onDisconnected waits for it.
    await sent.until(CHUNKS);
    await ends.until(1);
    expect(ends.all).toEqual(['me= connection-lost']);
  });
});
