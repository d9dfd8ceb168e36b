// What the plain hub in Go does that this one is modelled on, row by row, over transports in memory.
import { describe, expect, test } from 'vitest';
import type { Moderator } from '../../src/hub/moderator.ts';
import { createFeedHub } from '../../src/hubs/feed.ts';
import { setupHub } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { MemoryServer, NOTHING_LEFT } from '../support/memory-server.ts';
import { moderated } from '../support/moderated.ts';

/** More than a socket takes at once. */
const BALLAST = 'x'.repeat(70_000);

async function serve(moderate: readonly Moderator[] = []) {
  const memory = new MemoryServer(moderated(createFeedHub(), moderate));
  const open = async (count: number) => {
    const peers = Array.from({ length: count }, () => memory.openPlain());
    await memory.settle();
    return peers;
  };
  return { memory, server: memory.parts, open };
}

/** A server whose messages wait until the test lets them pass. */
async function serveHolding() {
  const verdict = defer<undefined>();
  const served = await serve([() => verdict.promise]);
  return { ...served, letPass: () => verdict.resolve(undefined) };
}

describe('the feed', () => {
  test('counts its clients, of every protocol', async () => {
    const { memory, open, server } = await serve();
    expect(server.clientCount()).toBe(0);
    const [first] = await open(3);
    await memory.connect();
    expect(server.clientCount()).toBe(4);
    first?.client.close();
    await memory.settle();
    expect(server.clientCount()).toBe(3);
  });

  test('sends each message to everybody, with its type and payload', async () => {
    const { memory, open, server } = await serve();
    const peers = [...(await open(3)), await memory.connect()];
    await server.broadcast('alert', { level: 3 });
    await server.broadcast('tick');
    await memory.settle();
    for (const { client } of peers) {
      expect([client.calls('alert'), client.calls('tick')]).toEqual([[[{ level: 3 }]], [[]]]);
    }
  });

  test('reads and ignores whatever its clients send', async () => {
    const { memory, open, server } = await serve();
    const [talker] = await open(1);
    for (let sent = 0; sent < 300; sent++) {
      talker?.client.send('no JSON');
      talker?.client.invoke('anything', [], `${sent}`);
      talker?.client.send(JSON.stringify({ type: 'result', id: `${sent}`, payload: 'of no call' }));
    }
    await memory.settle();
    await server.broadcast('still here');
    await memory.settle();
    expect(talker?.client.records).toEqual([{ type: 1, target: 'still here', arguments: [] }]);
    expect(memory.log.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  test('holds back 256 messages; one more is refused, counted and warned about, and no client is touched', async () => {
    const { letPass, memory, open, server } = await serveHolding();
    const [listener] = await open(1);
    const sent = Array.from({ length: 256 }, (_, number) => server.broadcast('n', number));
    await expect(server.broadcast('n', 256)).rejects.toThrow('outboxes.broadcast.capacity');
    const warnings = memory.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toHaveLength(1);
    letPass();
    await Promise.all(sent);
    await memory.settle();
    expect(listener?.client.calls('n')).toEqual(sent.map((_, number) => [number]));
    await server.broadcast('n', 'room again');
  });

  test('refuses a payload that cannot be written, and goes on', async () => {
    const { memory, open, server } = await serve();
    const [listener] = await open(1);
    await expect(server.broadcast('bad', () => {})).rejects.toThrow();
    await server.broadcast('good', 1);
    await memory.settle();
    expect(listener?.client.records).toMatchObject([{ target: 'good' }]);
  });

  test('drops a client that takes nothing for ten seconds, and nobody else', async () => {
    const { memory, open, server } = await serve();
    const [stalled, reader] = await open(2);
    stalled?.client.stall();
    const sent = [server.broadcast('n', BALLAST), server.broadcast('n', BALLAST)];
    await memory.settle();
    await Promise.all(sent);
    await memory.pass(9_000);
    expect(server.clientCount()).toBe(2);
    await memory.pass(2_000);
    expect(server.clientCount()).toBe(1);
    await memory.pass(10_000);
    expect([stalled?.client.isEnded, reader?.client.isEnded]).toEqual([true, false]);
    expect(reader?.client.calls('n')).toHaveLength(2);
  });

  test('says at debug who has come and gone, with the number of those who are there', async () => {
    const { memory, open } = await serve();
    const [first] = await open(2);
    first?.client.close();
    await memory.settle();
    const lines = memory.log.lines.filter(({ text }) => text.includes('listen'));
    expect(lines.map(({ level, text, data }) => [level, text, (data as { clients: number }).clients])).toEqual([
      ['debug', 'a client listens', 1],
      ['debug', 'a client listens', 2],
      ['debug', 'a client has stopped listening', 1],
    ]);
  });

  test('drains when it is closed: everybody gets what was sent, and is told that they may come back', async () => {
    const { memory, open, server } = await serve();
    const peers = await open(3);
    void server.broadcast('last words');
    const closed = server.close({ drainMs: 1_000 });
    await memory.pass(2_000);
    await closed;
    for (const { client } of peers) {
      expect(client.records).toEqual([
        { type: 1, target: 'last words', arguments: [] },
        { type: 7, reason: 'server-draining', allowReconnect: true },
      ]);
      expect(client.closeCode).toBe(1001);
    }
    expect(memory.leftovers()).toEqual(NOTHING_LEFT);
  });
});

test('a server broadcasts to hubs with plain clients only', async () => {
  const memory = new MemoryServer(setupHub({}).createHub({ methods: {} }));
  const { client } = await memory.connect();
  await memory.parts.broadcast('tick');
  await memory.settle();
  expect(memory.parts.clientCount()).toBe(0);
  expect(client.calls('tick')).toEqual([]);
});
