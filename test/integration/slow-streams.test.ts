import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub, stream } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { laneOf } from '../support/lanes.ts';
import { startServer } from '../support/test-server.ts';

const CHUNK = 'x'.repeat(65_536);
const CHUNKS = 400;
const everyChunk = Array.from({ length: CHUNKS }, (_, n) => n);

/** `made` counts the items that the streams have made, by the query of the client. */
function slowHub(made: Map<string, number>, ends: Inbox<string>) {
  return setupHub({}).createHub({
    options: { slowConsumer: { stallMs: 600_000 } },
    methods: {
      Chunks: stream([z.int()], async function* (hub, count) {
        for (let n = 0; n < count; n++) {
          made.set(`${hub.request.query}`, n + 1);
          yield { n, data: CHUNK };
        }
      }),
      Count: method([], { upload: [z.string()] }, async (hub, items) => {
        let count = 0;
        for await (const _ of items) {
          count += 1;
          made.set(`${hub.request.query}`, count);
          if (count === 1) await hub.clients.caller.invoke('Go');
        }
        return count;
      }),
      Echo: method([z.unknown()], (_hub, value) => value),
    },
    onDisconnected: (hub, reason) => ends.put(`${hub.request.query} ${reason.name}`),
  });
}

/** Keeps the numbers of the items, and the number of ends of the stream. */
function chunkReader() {
  const reader = { numbers: [] as number[], ends: 0 };
  const onRecord = (record: Buffer): void => {
    const { type, item } = JSON.parse(record.toString());
    if (type === 2) reader.numbers.push(item.n);
    else reader.ends += 1;
  };
  return { reader, onRecord };
}

describe('a client that does not read its stream', () => {
  test('slows its own stream, which stays within the limits of its lane; nobody else waits, and nothing is lost', async () => {
    const [made, ends] = [new Map<string, number>(), new Inbox<string>()];
    const started = await startServer({ '/hub': slowHub(made, ends) });
    const [slow, quick] = [chunkReader(), chunkReader()];
    const client = await openRaw(started.port, { path: '/hub?slow', onRecord: slow.onRecord });
    client.socket.pause();
    client.send({ type: 4, invocationId: 's', target: 'Chunks', arguments: [CHUNKS] });
    const lane = laneOf(started, 'slow');
    await eventually(() => lane.isCongested);
    // Meanwhile another client gets all of its own items.
    const neighbour = await openRaw(started.port, { path: '/hub?quick', onRecord: quick.onRecord });
    neighbour.send({ type: 4, invocationId: 's', target: 'Chunks', arguments: [CHUNKS] });
    await eventually(() => {
      expect(lane.lag.bytes).toBeLessThanOrEqual(1_048_576);
      return quick.reader.ends === 1;
    });
    expect(quick.reader.numbers).toEqual(everyChunk);
    // 26 MB do not fit into any buffer, so the stream stopped early.
    expect(made.get('slow=')).toBeLessThan(CHUNKS);
    client.socket.resume();
    await eventually(() => slow.reader.ends === 1);
    expect(slow.reader.numbers).toEqual(everyChunk);
    expect(ends.all).toEqual([]);
  });

  test('and goes: the stream is told at once', async () => {
    const [made, ends] = [new Map<string, number>(), new Inbox<string>()];
    const started = await startServer({ '/hub': slowHub(made, ends) });
    const client = await openRaw(started.port, { path: '/hub?slow' });
    client.socket.pause();
    client.send({ type: 4, invocationId: 's', target: 'Chunks', arguments: [CHUNKS] });
    await eventually(() => laneOf(started, 'slow').isCongested);
    client.reset();
    await ends.until(1);
    expect(ends.all).toEqual(['slow= connection-lost']);
    expect(made.get('slow=')).toBeLessThan(CHUNKS);
  });
});

test('a client whose upload is not read is slowed by its own socket; what it says beside it is heard', async () => {
  const [made, ends] = [new Map<string, number>(), new Inbox<string>()];
  const started = await startServer({ '/hub': slowHub(made, ends) });
  const client = await openRaw(started.port, { path: '/hub?up' });
  const items = 5_000;
  const data = 'x'.repeat(10_000);
  client.send({ type: 1, invocationId: 'up', target: 'Count', arguments: [], streamIds: ['s'] });
  client.send({ type: 2, invocationId: 's', item: data });
  const question = await client.records.first(({ target }) => target === 'Go');
  // 50 MB: the answer comes early in it, after more items than the upload holds.
  for (let n = 1; n < items; n++) {
    if (n === 50) client.send({ type: 3, invocationId: question.invocationId, result: null });
    client.send({ type: 2, invocationId: 's', item: data });
  }
  client.send({ type: 3, invocationId: 's' });
  const neighbour = await openRaw(started.port, { path: '/hub?neighbour' });
  expect(await neighbour.invoke('Echo', 1)).toMatchObject({ result: 1 });
  const answer = await client.records.first(({ invocationId }) => invocationId === 'up');
  expect(answer).toEqual({ type: 3, invocationId: 'up', result: items });
  expect(ends.all).toEqual([]);
});
