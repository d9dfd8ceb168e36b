import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BACKLOG_BYTES } from '../../src/connection/mailbox/backlogs.ts';
import { DisconnectedError } from '../../src/errors.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import type { CloseReasonName } from '../../src/protocol/close.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { abort, crashAtPing, sessionOf } from '../support/sessions.ts';

/**
 * A server with calls that run until the test ends the oldest of them, and uploads that are read when the test says so.
 */
function createServer(maximumWaitingBytes?: number) {
  const running: Deferred<void>[] = [];
  const reasons = new Map<string, CloseReasonName>();
  const uploads: AsyncIterator<unknown>[] = [];
  const notes: string[] = [];
  const until = (call: Deferred<void>) => {
    running.push(call);
    return call.promise;
  };
  const hub = setupHub({}).createHub({
    options: {
      maximumReceiveMessageBytes: 1_000_000,
      invocationTimeoutMs: 0,
      allowStatefulReconnects: true,
      detailedErrors: true,
    },
    onDisconnected: (connection, reason) => {
      reasons.set(connection.connectionId, reason.name);
    },
    methods: {
      Slow: method([any<unknown>()], () => until(defer())),
      Note: method([any<string>()], (_hub, note) => {
        notes.push(note);
      }),
      Keep: method([], { upload: [any<unknown>()] }, (_hub, items) => {
        uploads.push(items[Symbol.asyncIterator]());
        return until(defer());
      }),
      Both: method([], { upload: [any<unknown>(), any<unknown>()] }, async (_hub, a, b) => {
        let items = 0;
        for await (const _ of a) items += 1;
        for await (const _ of b) items += 1;
        return items;
      }),
    },
  });
  const server = new MemoryServer(hub, maximumWaitingBytes === undefined ? {} : { maximumWaitingBytes });
  const { backlogs } = server.parts.services;
  return { server, backlogs, reasons, uploads, notes, endCall: () => running.shift()?.resolve() };
}

const call = (ballast: unknown = null) => ({ type: 1, target: 'Slow', arguments: [ballast] });
const item = (streamId: string, value: unknown) => ({ type: 2, invocationId: streamId, item: value });
const upload = (target: string, ...streamIds: string[]) => ({ type: 1, target, arguments: [], streamIds });
/** A value that weighs so much, and a little more. */
const heavy = (bytes: number) => Array(Math.ceil(bytes / 64)).fill(0);
/** Time that a call may still take at the end of its connection. */
const RUNNING_MS = 6_000;
/** More than half of the limit of one connection. */
const HALF = 0.6 * BACKLOG_BYTES;

function mailboxOf({ connection }: Peer<unknown>) {
  return sessionOf(connection).mailbox;
}

const LIMIT = 20_000;
const steps = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constantFrom('connects', 'returns', 'polls', 'streams', 'begins its handshake'),
      who: fc.constant(0),
      count: fc.constant(0),
    }),
    {
      weight: 5,
      arbitrary: fc.record({
        does: fc.constantFrom('calls', 'uploads', 'sends items', 'sends half a record', 'ends a call', 'reads an item'),
        who: fc.nat(9),
        count: fc.nat(60),
      }),
    },
    fc.record({
      does: fc.constantFrom('is cut', 'leaves', 'is sent away', 'crashes', 'sends Close'),
      who: fc.nat(9),
      count: fc.constant(0),
    }),
  ),
  { minLength: 5, maxLength: 40, size: 'max' },
);

describe('what waits on a server', () => {
  property(
    'is bounded for all clients together, whatever they do, and nothing when they are gone',
    [steps, fc.boolean()],
    {
      runs: 120,
      sometimes: ['calls wait', 'one is ended because all hold too much'],
      examples: [
        [
          [
            { does: 'connects', who: 0, count: 0 },
            ...Array.from({ length: 3 }, () => ({ does: 'calls', who: 0, count: 60 }) as const),
          ],
          false,
        ],
      ],
    },
    async (todo, drains, reached) => {
      const { server, backlogs, reasons, uploads, endCall } = createServer(LIMIT);
      const peers: Peer<unknown>[] = [];
      const isBounded = () => {
        expect(backlogs.bytes).toBeLessThanOrEqual(LIMIT);
        let waiting = 0;
        for (const { connection, isForgotten } of peers) {
          if (!isForgotten && connection.session !== undefined) waiting += mailboxOf({ connection } as Peer).weight;
        }
        reached('calls wait', waiting > 0);
        expect(backlogs.bytes).toBeGreaterThanOrEqual(waiting);
      };
      for (const { does, who, count } of todo) {
        const peer = peers[who % Math.max(1, peers.length)];
        if (does === 'connects' || does === 'returns' || does === 'polls' || does === 'streams') {
          const made =
            does === 'returns'
              ? server.openReturning()
              : server.openOver(
                  does === 'polls' ? 'LongPolling' : does === 'streams' ? 'ServerSentEvents' : 'WebSockets',
                );
          made.client.handshake();
          peers.push(made);
        } else if (does === 'begins its handshake') {
          const made = server.open();
          made.client.send('{"protocol":"json","ver');
          peers.push(made);
        } else if (peer === undefined || peer.client.isEnded) continue;
        else if (does === 'calls')
          peer.client.sendRecord(...Array.from({ length: count }, () => call('x'.repeat(count))));
        else if (does === 'uploads') peer.client.sendRecord(upload('Keep', `u${who}`));
        else if (does === 'sends items') {
          peer.client.sendRecord(...Array.from({ length: count }, () => item(`u${who}`, [count])));
        } else if (does === 'sends half a record') peer.client.send(`{"type":1,"ballast":"${'x'.repeat(20 * count)}`);
        else if (does === 'ends a call') for (let n = 0; n < count; n++) endCall();
        else if (does === 'reads an item') void uploads[who]?.next().catch(() => {});
        else if (does === 'is cut') peer.client.cut();
        else if (does === 'leaves') peer.client.close();
        else if (does === 'is sent away') abort(peer.connection);
        else if (does === 'sends Close') peer.client.sendClose();
        else crashAtPing(peer.connection, new Error('crashed on command'));
        isBounded();
        await server.settle();
        isBounded();
      }
      if (drains) void server.parts.close({ drainMs: 1_000 });
      else for (const { client } of peers) client.cut();
      await server.pass(30_000);
      isBounded();
      for (let n = 0; n < 5_000; n++) endCall();
      reached('one is ended because all hold too much', [...reasons.values()].includes('overflow'));
      await server.pass(60_000);
      expect(server.leftovers()).toEqual(NOTHING_LEFT);
    },
  );

  test('ends the connection that holds most of it, which may come back; the others notice nothing', async () => {
    const { server, backlogs, reasons, notes } = createServer(100_000);
    const peers = [await server.connect(), await server.connect(), await server.connect()];
    const [small, great, newest] = peers as [Peer, Peer, Peer];
    small.client.sendRecord(call(), call(heavy(20_000)));
    great.client.sendRecord(call(), call(heavy(60_000)));
    newest.client.sendRecord(call(), call(heavy(10_000)));
    await server.settle();
    expect(reasons.size).toBe(0);
    newest.client.sendRecord(call(heavy(20_000)));
    await server.pass(RUNNING_MS);
    expect([...reasons]).toEqual([[great.id, 'overflow']]);
    expect(great.client.closeRecord).toEqual({
      type: 7,
      error:
        'Connection closed with an error. Error: More waits than 100000 bytes (maximumWaitingBytes), and this connection held most of it.',
      allowReconnect: true,
    });
    expect(great.client.closeCode).toBe(1000);
    expect(server.log.lines.filter(({ text }) => text.includes('maximumWaitingBytes'))).toHaveLength(1);
    expect(backlogs.bytes).toBeLessThan(60_000);
    expect([small.client.isEnded, newest.client.isEnded]).toEqual([false, false]);
    expect([mailboxOf(small).length, mailboxOf(newest).length]).toEqual([1, 2]);
    const other = await server.connect();
    other.client.invoke('Note', ['still here'], 'note');
    await server.settle();
    expect(notes).toEqual(['still here']);
  });

  test('counts calls by what they weigh once they wait, and not at all when they begin at once', async () => {
    const { server, backlogs, endCall } = createServer();
    const { client } = await server.connect();
    client.sendRecord(call(heavy(50_000)));
    await server.settle();
    expect(backlogs.bytes).toBe(0);
    client.sendRecord(call(heavy(50_000)));
    await server.settle();
    expect(backlogs.bytes).toBeGreaterThan(50_000);
    endCall();
    await server.settle();
    expect([backlogs.bytes, backlogs.size]).toEqual([0, 0]);
  });

  test('counts bytes that have not been read: of a handshake, before onConnected is done, of half a record', async () => {
    const { server, backlogs } = createServer(100_000);
    const begun = server.open();
    begun.client.send(`{"protocol":"json","version":1,"ballast":"${'x'.repeat(10_000)}`);
    expect(backlogs.bytes).toBeGreaterThan(10_000);
    const peer = await server.connect();
    peer.client.send(`{"type":1,"ballast":"${'x'.repeat(60_000)}`);
    expect(backlogs.bytes).toBeGreaterThan(70_000);
    begun.client.send('x'.repeat(80_000));
    await server.settle();
    expect(begun.client.closeCode).toBe(1000);
    expect(backlogs.bytes).toBeLessThan(61_000);
    expect(peer.client.isEnded).toBe(false);
  });

  test('of a client that is away, or has left messages behind, goes like that of others', async () => {
    const { server, backlogs, reasons } = createServer(100_000);
    const away = server.openReturning();
    away.client.handshake();
    await server.settle();
    away.client.sendRecord(call(), call(heavy(45_000)));
    away.client.cut();
    const left = await server.connect();
    left.client.sendRecord(call(), call(heavy(40_000)), { type: 7 });
    await server.settle();
    expect(backlogs.bytes).toBeGreaterThan(85_000);
    const third = await server.connect();
    third.client.sendRecord(call(), call(heavy(30_000)));
    await server.pass(RUNNING_MS);
    expect(reasons.get(away.id)).toBe('overflow');
    expect(backlogs.bytes).toBeGreaterThan(70_000);
    const fourth = await server.connect();
    fourth.client.sendRecord(call(), call(heavy(35_000)));
    await server.settle();
    // Its backlog was the largest and is dead letters now. The connection had ended by itself before.
    expect(mailboxOf(left).length).toBe(0);
    expect([third.client.isEnded, fourth.client.isEnded]).toEqual([false, false]);
    expect(backlogs.bytes).toBe(mailboxOf(third).weight + mailboxOf(fourth).weight);
    await server.pass(RUNNING_MS);
    expect(reasons.get(left.id)).toBe('client-closed');
  });
});

describe('the items of an upload that wait', () => {
  test('fill it by what they weigh, too; an empty one takes an item of any size', async () => {
    const { server, backlogs } = createServer();
    const peer = await server.connect();
    peer.client.sendRecord(upload('Keep', 'a'), upload('Keep', 'b'));
    peer.client.sendRecord(item('a', heavy(HALF)), item('a', heavy(HALF)), item('b', heavy(HALF)));
    await server.settle();
    // Two of them are more than a mailbox may hold, and b had none.
    expect(backlogs.bytes).toBeGreaterThan(3 * HALF);
    expect(mailboxOf(peer).length).toBe(0);
    peer.client.sendRecord(item('b', 0), { type: 6 }, item('a', 0));
    await server.settle();
    expect(mailboxOf(peer).length).toBe(1);
    expect(peer.transport.isPaused).toBe(true);
  });

  test('hold up nothing that need not wait', async () => {
    const { server, notes, uploads } = createServer();
    const peer = await server.connect();
    peer.client.sendRecord(upload('Keep', 'a'), item('a', heavy(HALF)), item('a', heavy(HALF)));
    peer.client.sendRecord({ type: 1, target: 'Note', arguments: ['heard'] });
    await server.settle();
    expect(notes).toEqual(['heard']);
    // The next item waits, and so does everything behind it.
    peer.client.sendRecord(item('a', 0), { type: 1, target: 'Note', arguments: ['later'] });
    await server.settle();
    expect(notes).toEqual(['heard']);
    await uploads[0]?.next();
    await server.settle();
    expect(notes).toEqual(['heard', 'later']);
    expect(peer.transport.isPaused).toBe(false);
  });

  test('do not stop a method that reads another upload first', async () => {
    const { server } = createServer();
    const { client } = await server.connect();
    client.sendRecord({ ...upload('Both', 'a', 'b'), invocationId: 'both' });
    client.sendRecord(item('b', heavy(HALF)), item('b', heavy(HALF)));
    for (let n = 0; n < 20; n++) client.sendRecord(item('a', heavy(HALF)));
    client.sendRecord({ type: 3, invocationId: 'a' }, { type: 3, invocationId: 'b' });
    await server.settle();
    expect(client.completions('both')).toEqual([{ type: 3, invocationId: 'both', result: 22 }]);
  });

  test('are let go of with their connection, and whoever reads them hears of it', async () => {
    const { server, backlogs, uploads, reasons } = createServer(1.5 * BACKLOG_BYTES);
    const peer = await server.connect();
    peer.client.sendRecord(upload('Keep', 'a'), upload('Keep', 'b'), upload('Keep', 'c'));
    // The upload of b has ended as its client wanted; its item still waits.
    peer.client.sendRecord(item('a', heavy(HALF)), item('b', heavy(HALF)), { type: 3, invocationId: 'b' });
    peer.client.sendRecord(item('c', heavy(HALF)));
    await server.settle();
    expect(reasons.size).toBe(0);
    expect(peer.client.closeRecord).toMatchObject({ allowReconnect: true });
    expect([backlogs.bytes, backlogs.size]).toEqual([0, 0]);
    for (const reading of uploads) await expect(reading.next()).rejects.toBeInstanceOf(DisconnectedError);
  });
});
