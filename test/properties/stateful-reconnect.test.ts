import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HubContext } from '../../src/hub/hub-context.ts';
import type { HubOptions } from '../../src/hub/hub-options.ts';
import { method, stream } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { defer } from '../../src/promises.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import type { ResumableLane } from '../../src/routing/stateful-reconnect/resumable-lane.ts';
import type { MemoryTransport } from '../../src/testing/memory-transport.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer, type MemoryServerOptions, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import type { ReturningClient } from '../support/returning-client.ts';
import { any } from '../support/schemas.ts';
import { abort, sessionOf } from '../support/sessions.ts';
import type { TestClient } from './addresses.ts';

/** A server with a hub that records what it received. */
function createServer(hubOptions: HubOptions = {}, more: MemoryServerOptions = {}) {
  const told: number[] = [];
  const events: string[] = [];
  const ends: CloseReason[] = [];
  const gate = { opens: Promise.resolve() };
  const hub = setupHub({ client: {} as TestClient }).createHub({
    onConnected: async (self) => {
      await gate.opens;
      events.push(`connected ${self.connectionId}`);
    },
    onDisconnected: (self, reason) => {
      events.push(`disconnected ${self.connectionId}`);
      ends.push(reason);
    },
    methods: {
      Note: method([any<number>()], (_self, number) => {
        told.push(number);
        return number;
      }),
      Send: method([any<number>(), any<number>()], async (self, count, bytes) => {
        for (let n = 0; n < count; n++) await self.clients.caller.send('Heard', n, 'x'.repeat(bytes));
      }),
      Hold: method([], () => gate.opens),
      EchoAll: stream([], { upload: [any<number>()] }, async function* (_self, items) {
        for await (const item of items) yield item;
      }),
      Count: stream([any<number>()], async function* (_self, count) {
        for (let n = 0; n < count; n++) yield n;
      }),
    },
  });
  const options = { keepAliveIntervalMs: 600_000, ...hubOptions };
  const server = new MemoryServer(hub, { ...more, hubOptions: options });
  return { server, told, events, ends, gate };
}

async function connect(server: MemoryServer, who: Parameters<MemoryServer['openReturning']>[0] = {}): Promise<Peer> {
  const peer = server.openReturning(who);
  peer.client.handshake();
  await server.settle();
  return peer;
}

/** Lets time pass until `isSo`, with an Ack of everything sent so far at each step. */
async function until(isSo: () => boolean, server: MemoryServer, peer: Peer): Promise<void> {
  for (let turn = 0; turn < 1_000 && !isSo(); turn++) {
    clientOf(peer).acknowledge();
    await server.pass(100);
  }
}

const stateOf = ({ id }: Peer, server: MemoryServer): unknown =>
  [...server.parts.supervisor.refs()].find((ref) => ref.id === id)?.getSnapshot().value;
const clientOf = ({ client }: Peer) => client as ReturningClient;
const ascending = (count: number) => Array.from({ length: count }, (_, n) => n);
const say = (server: MemoryServer, n: number, ballast = '') => {
  const { clients } = server.host.hub.context as HubContext<TestClient>;
  clients.all.send('Heard', n, ballast);
};

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ call: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ tell: fc.integer({ min: 1, max: 8 }), ballast: fc.nat(120) }) },
  { weight: 2, arbitrary: fc.constant({ stall: true }) },
  { weight: 2, arbitrary: fc.record({ take: fc.nat(400) }) },
  { weight: 2, arbitrary: fc.constant({ flow: true }) },
  { weight: 3, arbitrary: fc.constant({ lose: true }) },
  { weight: 1, arbitrary: fc.constant({ breakOff: true }) },
  { weight: 5, arbitrary: fc.constant({ comeBack: true }) },
  { weight: 2, arbitrary: fc.constant({ acknowledge: true }) },
  { weight: 3, arbitrary: fc.constant({ settle: true }) },
  { weight: 2, arbitrary: fc.record({ pass: fc.integer({ min: 100, max: 1_500 }) }) },
);

describe('a client that comes back', () => {
  property(
    'has everything once and in its order, and so has its hub, wherever it was cut off',
    [
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 2_000 }),
      fc.boolean(),
      fc.constantFrom('json' as const, 'messagepack' as const),
    ],
    {
      runs: 250,
      sometimes: ['it came back', 'it came back with calls that had not arrived', 'it has missed messages'],
    },
    async (steps, highWaterBytes, isMute, protocol, reached) => {
      const { server, told, events } = createServer({
        slowConsumer: { highWaterBytes, limitBytes: 1_000_000, limitMessages: 100_000, stallMs: 600_000 },
      });
      const peer = server.openReturning({ isMute });
      peer.client.protocol = clientProtocol(protocol);
      peer.client.handshake();
      await server.settle();
      const client = clientOf(peer);
      let calls = 0;
      let sent = 0;
      for (const one of steps) {
        if ('call' in one) for (let n = 0; n < one.call; n++, calls++) client.invoke('Note', [calls], `${calls}`);
        else if ('tell' in one) for (let n = 0; n < one.tell; n++, sent++) say(server, sent, 'x'.repeat(one.ballast));
        else if ('stall' in one) client.stall();
        else if ('take' in one) client.take(one.take);
        else if ('flow' in one) client.flow();
        else if ('lose' in one) client.cut();
        else if ('breakOff' in one) {
          client.breakOff({ type: 1, target: 'Note', arguments: [calls], invocationId: `${calls}` });
          calls += 1;
        } else if ('comeBack' in one) {
          const isAway = client.isEnded;
          reached('it has missed messages', isAway && client.calls('Heard').length < sent);
          server.comeBack(peer);
          reached('it came back', isAway);
          reached('it came back with calls that had not arrived', isAway && client.kept > 0);
        } else if ('acknowledge' in one) client.acknowledge();
        else if ('settle' in one) await server.settle();
        else await server.pass(one.pass);
      }
      server.comeBack(peer);
      client.flow();
      const answered = () => client.records.filter(({ type }) => type === 3).length;
      for (let turn = 0; client.calls('Heard').length < sent || answered() < calls; turn++) {
        if (turn > 2_000) break;
        await server.settle();
        client.acknowledge();
      }
      await server.settle();

      expect(client.calls('Heard').map(([n]) => n)).toEqual(ascending(sent));
      expect(told).toEqual(ascending(calls));
      for (const call of ascending(calls)) expect(client.completions(`${call}`).length).toBe(1);
      expect(client.faults).toEqual([]);
      expect(events).toEqual(['connected c0']);
      // Our Ack comes within a second; then the client keeps nothing.
      await server.pass(1_200);
      expect(client.kept).toBe(0);
    },
  );
});

describe('a connection whose transport is lost', () => {
  test('stays what it was, and can be seen to wait', async () => {
    const { server, events } = createServer();
    const peer = await connect(server);
    expect(stateOf(peer, server)).toEqual({ alive: { open: 'flowing' } });
    peer.client.cut();
    await server.settle();
    expect(stateOf(peer, server)).toEqual({ alive: { detached: 'open' } });
    expect([...server.parts.connections()].map(({ connectionId }) => connectionId)).toEqual(['c0']);
    server.comeBack(peer);
    await server.settle();
    expect(stateOf(peer, server)).toEqual({ alive: { open: 'flowing' } });
    expect(events).toEqual(['connected c0']);
    expect(server.leftovers()).toMatchObject({ detached: 0, detachedBytes: 0 });
  });

  test('is given up after 15 seconds', async () => {
    const { server, events, ends } = createServer();
    const peer = await connect(server);
    peer.client.cut();
    await server.pass(14_900);
    expect(events).toEqual(['connected c0']);
    await server.pass(300);
    expect(events).toEqual(['connected c0', 'disconnected c0']);
    expect(ends).toMatchObject([{ name: 'connection-lost', text: 'The client has not come back within 15000 ms.' }]);
    expect(peer.isForgotten).toBe(true);
    expect(server.comeBack(peer)).toBe(false);
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('waits as long again after each loss', async () => {
    const { server, events } = createServer();
    const peer = await connect(server);
    for (let loss = 0; loss < 3; loss++) {
      peer.client.cut();
      await server.pass(10_000);
      expect(server.comeBack(peer)).toBe(true);
      await server.settle();
    }
    expect(events).toEqual(['connected c0']);
  });

  test.each<[string, (server: MemoryServer) => void, string]>([
    ['an abort', (server) => server.host.hub.context.clients.client('c0').abort(), 'aborted'],
    ['a drain', (server) => void server.parts.close({ drainMs: 10_000 }), 'server-draining'],
  ])('is ended at once by %s', async (_what, end, name) => {
    const { server, events, ends } = createServer();
    const peer = await connect(server);
    peer.client.cut();
    await server.settle();
    end(server);
    await server.settle();
    expect(events).toEqual(['connected c0', 'disconnected c0']);
    expect(ends.map((reason) => reason.name)).toEqual([name]);
    expect(server.comeBack(peer)).toBe(false);
  });

  test('is given up when more would be kept for it than may be', async () => {
    const { server, ends } = createServer({ statefulReconnectBufferBytes: 1_000 });
    const peer = await connect(server);
    peer.client.cut();
    await server.settle();
    for (const n of ascending(15)) say(server, n);
    await server.settle();
    expect(ends).toEqual([]);
    for (const n of ascending(15)) say(server, n);
    await server.settle();
    expect(ends).toMatchObject([
      {
        name: 'connection-lost',
        text: 'Too much is kept for clients that may come back (statefulReconnectBufferBytes).',
      },
    ]);
    expect(server.comeBack(peer)).toBe(false);
  });

  test('is given up at once when more than that waits for it already', async () => {
    const { server, ends } = createServer({
      statefulReconnectBufferBytes: 1_000,
      slowConsumer: { highWaterBytes: 50 },
    });
    const [peer, modest] = [await connect(server), await connect(server)];
    for (const { client } of [peer, modest]) client.stall();
    for (const n of ascending(10)) say(server, n);
    await server.settle();
    modest.client.cut();
    await server.settle();
    expect(ends).toEqual([]);
    abort(modest.connection);
    for (const n of ascending(20)) say(server, n);
    await server.settle();
    peer.client.cut();
    await server.settle();
    expect(ends).toMatchObject([
      { name: 'aborted' },
      { name: 'connection-lost', text: expect.stringContaining('(statefulReconnectBufferBytes)') },
    ]);
  });

  test('has its time anew when it comes back and does not read', async () => {
    const slowConsumer = { highWaterBytes: 50, limitMessages: 5, graceMs: 1_000 };
    const { server, ends } = createServer({ slowConsumer });
    const peer = await connect(server);
    peer.client.stall();
    for (const n of ascending(20)) say(server, n);
    await server.pass(500);
    peer.client.cut();
    await server.pass(5_000);
    server.comeBack(peer);
    peer.client.stall();
    await server.pass(800);
    expect(stateOf(peer, server)).toEqual({ alive: { open: 'congested' } });
    expect(sessionOf(peer.connection).lane.isOverfull).toBe(true);
    peer.client.flow();
    await server.settle();
    expect(peer.client.calls('Heard').map(([n]) => n)).toEqual(ascending(20));
    expect(ends).toEqual([]);
  });

  test('is not slow because of what is sent to it, short of sixteen times the limits of its lane', async () => {
    const { server, ends } = createServer({ slowConsumer: { limitMessages: 10 } });
    const peer = await connect(server);
    peer.client.cut();
    for (const n of ascending(160)) say(server, n);
    await server.pass(10_000);
    expect(ends).toEqual([]);
    server.comeBack(peer);
    await server.settle();
    expect(peer.client.calls('Heard').map(([n]) => n)).toEqual(ascending(160));
    peer.client.cut();
    await server.settle();
    for (const n of ascending(161)) say(server, n);
    await server.settle();
    expect(ends).toMatchObject([{ name: 'slow-consumer' }]);
  });

  test('loses what its policy drops, from the limits of its lane on', async () => {
    const { server, ends } = createServer({ slowConsumer: { limitMessages: 10, policy: 'dropOldest' } });
    const peer = await connect(server);
    peer.client.cut();
    for (const n of ascending(30)) say(server, n);
    await server.settle();
    server.comeBack(peer);
    await server.settle();
    expect(peer.client.calls('Heard').map(([n]) => n)).toEqual(ascending(30).slice(20));
    expect(ends).toEqual([]);
  });

  test('slows no method any more that has waited for its socket, unless much waits', async () => {
    const { server } = createServer({ slowConsumer: { highWaterBytes: 2_000 } });
    const peer = await connect(server);
    peer.client.stall();
    peer.client.invoke('Send', [10, 700], 'some');
    await server.settle();
    const { lane } = sessionOf(peer.connection);
    const before = lane.ledger.figures().accepted;
    peer.client.cut();
    await server.settle();
    expect(lane.ledger.figures().accepted).toBeGreaterThan(before);
  });

  test('slows a method that sends to it only when much waits', async () => {
    const { server } = createServer({ slowConsumer: { highWaterBytes: 300 } });
    const peer = await connect(server);
    peer.client.invoke('Send', [20, 100], 'many');
    peer.client.invoke('Note', [1], 'after');
    peer.client.cut();
    await server.settle();
    const { lane } = sessionOf(peer.connection);
    expect(lane.lag.bytes).toBeGreaterThan(300);
    expect(lane.lag.bytes).toBeLessThan(700);
    server.comeBack(peer);
    await until(() => peer.client.completions('after').length > 0, server, peer);
    expect(peer.client.calls('Heard').map(([n]) => n)).toEqual(ascending(20));
  });

  test('is neither pinged nor found silent', async () => {
    const { server, events } = createServer({ keepAliveIntervalMs: 1_000, clientTimeoutMs: 2_000 });
    const peer = await connect(server);
    peer.client.ping();
    await server.settle();
    peer.client.cut();
    await server.pass(10_000);
    expect(events).toEqual(['connected c0']);
    server.comeBack(peer);
    await server.settle();
    expect(peer.client.records.filter(({ type }) => type === 6)).toEqual([]);
    // The time limits run again.
    await server.pass(1_200);
    expect(peer.client.records.filter(({ type }) => type === 6)).toHaveLength(1);
    await server.pass(1_500);
    expect(events).toEqual(['connected c0', 'disconnected c0']);
  });

  test('is neither stalled nor slow, however long much waits', async () => {
    const slowConsumer = { highWaterBytes: 50, limitMessages: 2, graceMs: 1_000, stallMs: 2_000 };
    const { server, events } = createServer({ slowConsumer });
    const peer = await connect(server);
    peer.client.cut();
    for (const n of ascending(5)) say(server, n);
    await server.pass(10_000);
    expect(events).toEqual(['connected c0']);
    server.comeBack(peer);
    await server.settle();
    expect(peer.client.calls('Heard').map(([n]) => n)).toEqual(ascending(5));
  });

  test('runs the calls that had arrived, when nobody comes back', async () => {
    const { server, told } = createServer();
    const peer = await connect(server);
    peer.client.sendRecord(...ascending(300).map((n) => ({ type: 1, target: 'Note', arguments: [n] })));
    peer.client.cut();
    await server.pass(16_000);
    expect(told).toEqual(ascending(300));
  });

  test('may lose it while onConnected runs', async () => {
    const { server, told, events, gate } = createServer();
    const opened = defer<void>();
    gate.opens = opened.promise;
    const peer = await connect(server);
    peer.client.invoke('Note', [1], '1');
    peer.client.cut();
    await server.settle();
    expect(stateOf(peer, server)).toEqual({ alive: { detached: 'opening' } });
    opened.resolve();
    await server.settle();
    expect(stateOf(peer, server)).toEqual({ alive: { detached: 'open' } });
    server.comeBack(peer);
    await server.settle();
    expect(peer.client.completions('1')).toHaveLength(1);
    expect({ told, events }).toEqual({ told: [1], events: ['connected c0'] });
  });

  test('comes to an end when its client sends Close, or breaks the rules: it is not waited for then', async () => {
    for (const end of [
      (peer: Peer) => peer.client.close(),
      (peer: Peer) => peer.client.sendClose(),
      (peer: Peer) => peer.client.sendGarbage('rubbish'),
      (peer: Peer) => peer.client.sendRecord({ type: 9, sequenceId: 2 }),
    ]) {
      const { server, events } = createServer();
      const peer = await connect(server);
      end(peer);
      await server.settle();
      expect(events).toEqual(['connected c0', 'disconnected c0']);
      expect(server.comeBack(peer)).toBe(false);
    }
  });

  test('is not waited for unless its client was promised that, and speaks version 2', async () => {
    const { server, events } = createServer();
    const unpromised = await server.connect();
    const old = server.openReturning();
    old.client.send('{"protocol":"json","version":1}\x1e');
    await server.settle();
    for (const peer of [unpromised, old]) {
      expect(peer.connection.session?.statefulReconnect).toBeUndefined();
      peer.client.cut();
    }
    await server.settle();
    expect(events.filter((event) => event.startsWith('disconnected'))).toHaveLength(2);
  });

  test('is one of as many as the server keeps: the last to leave of the address with most of them goes', async () => {
    const { server, events, ends } = createServer({}, { detachedConnections: { limitConnections: 2 } });
    const peers = [await connect(server), await connect(server), await connect(server)];
    for (const peer of peers) peer.client.cut();
    await server.settle();
    expect(events.filter((event) => event.startsWith('disconnected'))).toEqual(['disconnected c2']);
    expect(ends).toMatchObject([{ name: 'connection-lost', text: expect.stringContaining('limitConnections') }]);
    expect(peers.map((peer) => server.comeBack(peer))).toEqual([true, true, false]);
  });

  test('counts with what is sent to it', async () => {
    const { server, ends } = createServer({}, { detachedConnections: { limitBytesPerUser: 1_000 } });
    const ann = { id: 'ann', roles: [] };
    const [first, second] = [await connect(server, { user: ann }), await connect(server, { user: ann })];
    for (const { client } of [first, second]) client.cut();
    await server.settle();
    say(server, 0, 'x'.repeat(400));
    await server.settle();
    expect(ends).toEqual([]);
    say(server, 1, 'x'.repeat(400));
    await server.settle();
    expect(ends).toMatchObject([{ text: expect.stringContaining('limitBytesPerUser') }]);
    expect([server.comeBack(first), server.comeBack(second)]).toEqual([false, true]);
    await server.settle();
    expect(second.client.calls('Heard').map(([n]) => n)).toEqual([0, 1]);
  });
});

describe('a second socket', () => {
  test('takes over from one that is still there; what the first says after that is not heard', async () => {
    const { server, told, events } = createServer();
    const peer = await connect(server);
    peer.client.invoke('Note', [1], '1');
    await server.settle();
    const first = peer.transport as unknown as { client: { closeCode?: number }; arrive(bytes: Buffer): void };
    expect(server.comeBack(peer)).toBe(true);
    expect(first.client.closeCode).toBe(1000);
    first.arrive(Buffer.from('{"type":1,"target":"Note","arguments":[666]}\x1e'));
    await server.settle();
    peer.client.invoke('Note', [2], '2');
    await server.settle();
    expect(told).toEqual([1, 2]);
    expect(peer.client.completions('1')).toHaveLength(1);
    expect(events).toEqual(['connected c0']);
    // The end of the first socket, which does not answer, is not the end of the connection.
    await server.pass(6_000);
    expect(events).toEqual(['connected c0']);
  });
});

const OBJECTION = expect.stringContaining('What the client had not acknowledged was too much to be kept');

describe('a client that acknowledges nothing', () => {
  test('goes on at full speed, and so do pings and acknowledgements', async () => {
    const { server, events } = createServer({
      statefulReconnectBufferBytes: 100,
      keepAliveIntervalMs: 1_000,
      slowConsumer: { limitMessages: 2, stallMs: 2_000, graceMs: 0 },
    });
    const peer = await connect(server, { isMute: true });
    for (const n of ascending(100)) {
      say(server, n);
      await server.settle();
    }
    peer.client.invoke('Note', [1]);
    await server.pass(3_000);
    expect(peer.client.calls('Heard').map(([n]) => n)).toEqual(ascending(100));
    expect(peer.client.records.filter(({ type }) => type === 6).length).toBeGreaterThanOrEqual(2);
    expect(clientOf(peer).kept).toBe(0);
    expect((sessionOf(peer.connection).lane as ResumableLane).keptBytes).toBeLessThanOrEqual(100);
    await server.pass(60_000);
    expect(events).toEqual(['connected c0']);
  });

  test('begins anew when it is cut after something was let go', async () => {
    const { server, ends } = createServer({ statefulReconnectBufferBytes: 100 });
    const peer = await connect(server, { isMute: true });
    for (const n of ascending(10)) say(server, n);
    await server.settle();
    peer.client.cut();
    await server.settle();
    expect(ends).toMatchObject([{ name: 'connection-lost', text: OBJECTION, allowReconnect: true }]);
    expect(server.comeBack(peer)).toBe(false);
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('begins anew when it comes back before its loss was noticed', async () => {
    const { server, ends } = createServer({ statefulReconnectBufferBytes: 100 });
    const peer = await connect(server, { isMute: true });
    for (const n of ascending(10)) say(server, n);
    await server.settle();
    expect(server.comeBack(peer)).toBe(false);
    await server.settle();
    expect(ends).toMatchObject([{ name: 'connection-lost', text: OBJECTION }]);
  });

  test('can come back as soon as it has acknowledged what was let go', async () => {
    const { server, events } = createServer({ statefulReconnectBufferBytes: 100 });
    const peer = await connect(server, { isMute: true });
    for (const n of ascending(10)) say(server, n);
    await server.settle();
    clientOf(peer).acknowledge();
    await server.settle();
    say(server, 10);
    peer.client.cut();
    await server.settle();
    expect(server.comeBack(peer)).toBe(true);
    await server.settle();
    expect(peer.client.calls('Heard').map(([n]) => n)).toEqual(ascending(11));
    expect(events).toEqual(['connected c0']);
  });

  test('holds back no end', async () => {
    const { server, events } = createServer({ statefulReconnectBufferBytes: 100 });
    const peer = await connect(server, { isMute: true });
    for (const n of ascending(10)) say(server, n);
    await server.settle();
    abort(peer.connection);
    await server.settle();
    expect(peer.client.records.at(-1)).toEqual({ type: 7 });
    expect(events).toEqual(['connected c0', 'disconnected c0']);
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });

  property(
    'misses nothing while it is there, and is turned away only when something was let go that it had not acknowledged',
    [fc.array(step, { maxLength: 60, size: 'max' }), fc.integer({ min: 50, max: 1_000 })],
    {
      runs: 600,
      sometimes: [
        'it comes back',
        'it is turned away',
        'too much waits when it is lost',
        'it is there at the end, and has everything',
      ],
      examples: [[[{ stall: true }, { tell: 8, ballast: 120 }, { lose: true }], 1_000]],
    },
    async (steps, statefulReconnectBufferBytes, reached) => {
      const { server, events } = createServer({
        statefulReconnectBufferBytes,
        slowConsumer: { highWaterBytes: 300, limitBytes: 1_000_000, limitMessages: 100_000, stallMs: 600_000 },
      });
      const peer = await connect(server, { isMute: true });
      const client = clientOf(peer);
      const lane = sessionOf(peer.connection).lane as ResumableLane;
      let sent = 0;
      for (const one of steps) {
        if ('tell' in one) for (let n = 0; n < one.tell; n++, sent++) say(server, sent, 'x'.repeat(one.ballast));
        else if ('stall' in one) client.stall();
        else if ('take' in one) client.take(one.take);
        else if ('flow' in one) client.flow();
        else if ('acknowledge' in one) client.acknowledge();
        else if ('lose' in one || 'comeBack' in one) {
          await server.settle();
          const { isComplete } = lane;
          // What waits counts with what is unacknowledged as soon as it is away.
          const stays = isComplete && (lane.isDetached || lane.keptBytes <= statefulReconnectBufferBytes);
          reached('too much waits when it is lost', 'lose' in one && isComplete && !stays);
          if ('lose' in one) client.cut();
          else {
            reached(isComplete ? 'it comes back' : 'it is turned away');
            expect(server.comeBack(peer)).toBe(isComplete);
          }
          await server.settle();
          if ('lose' in one) expect(events.length === 1).toBe(stays);
          if (!isComplete) break;
        } else await server.settle();
        await server.settle();
        if (events.length > 1) break;
        if (lane.isDetached || lane.hasResent)
          expect(lane.keptBytes - lane.lag.bytes).toBeLessThanOrEqual(statefulReconnectBufferBytes);
      }
      client.flow();
      await server.settle();
      const heard = client.calls('Heard').map(([n]) => n);
      expect(heard).toEqual(ascending(heard.length));
      reached('it is there at the end, and has everything', events.length === 1 && !lane.isDetached && sent > 0);
      if (events.length === 1 && !lane.isDetached) expect(heard).toHaveLength(sent);
      expect(client.faults).toEqual([]);
    },
  );
});

describe('what is kept for all', () => {
  test('is let go first by who keeps most of those who are there; who is away keeps everything', async () => {
    const limitBytes = 300_000;
    const { server, ends } = createServer({}, { detachedConnections: { limitBytes } });
    const peers: Peer[] = [];
    for (let n = 0; n < 4; n++) peers.push(await connect(server, { isMute: true }));
    const [away, modest, greedy, greediest] = peers as [Peer, Peer, Peer, Peer];
    const whisper = ({ id }: Peer, bytes: number) => {
      const { clients } = server.host.hub.context as HubContext<TestClient>;
      clients.client(id).send('Heard', 0, 'x'.repeat(bytes));
    };
    const isComplete = ({ connection }: Peer) => (sessionOf(connection).lane as ResumableLane).isComplete;
    whisper(away, 50_000);
    await server.settle();
    away.client.cut();
    await server.settle();
    whisper(modest, 90_000);
    for (let n = 0; n < 9; n++) whisper(greedy, 20_000);
    for (let n = 0; n < 15; n++) whisper(greediest, 20_000);
    await server.settle();
    // 50 and what is above 100 of 90, 180 and 300.
    expect(peers.map(isComplete)).toEqual([true, true, true, false]);
    const { detached } = server.parts.services;
    expect(detached.bytes + detached.attached.bytes).toBeLessThanOrEqual(limitBytes);
    expect(ends).toEqual([]);
    expect(server.comeBack(away)).toBe(true);
    await server.settle();
    for (const { client } of peers) (client as ReturningClient).acknowledge();
    await server.settle();
    expect(peers.map(isComplete)).toEqual([true, true, true, true]);
    expect(detached.attached.bytes).toBe(0);
  });

  test('is bounded for each user as well', async () => {
    const { server, ends } = createServer({}, { detachedConnections: { limitBytesPerUser: 150_000 } });
    const ann = { user: { id: 'ann', roles: [] }, isMute: true };
    const [one, two] = [await connect(server, ann), await connect(server, ann)];
    const other = await connect(server, { isMute: true });
    for (let n = 0; n < 10; n++) say(server, n, 'x'.repeat(20_000));
    await server.settle();
    const isComplete = ({ connection }: Peer) => (sessionOf(connection).lane as ResumableLane).isComplete;
    expect([one, two, other].map(isComplete)).toEqual([false, true, true]);
    expect(ends).toEqual([]);
  });

  test('counts with a client that has come back until it has had everything, and that takes no place', async () => {
    const { server, events } = createServer(
      { slowConsumer: { highWaterBytes: 1_000 } },
      { detachedConnections: { limitConnections: 1 } },
    );
    const peer = await connect(server, { isMute: true });
    for (let n = 0; n < 10; n++) say(server, n, 'x'.repeat(20_000));
    await server.settle();
    peer.client.cut();
    await server.settle();
    const { detached } = server.parts.services;
    expect(detached).toMatchObject({ size: 1 });
    server.comeBack(peer);
    peer.client.stall();
    await server.settle();
    expect(detached).toMatchObject({ size: 0, attached: { bytes: 0 } });
    expect(detached.bytes).toBeGreaterThan(200_000);
    expect(sessionOf(peer.connection).lane.lag.messages).toBeGreaterThan(5);
    expect(sessionOf(peer.connection).lane.lag.bytes).toBeGreaterThan(100_000);
    // A client that comes back again and again fills no socket with all of it.
    expect((peer.transport as MemoryTransport).buffered).toBeLessThan(25_000);
    // The server does not wait for it any more.
    await server.pass(9_000);
    peer.client.flow();
    await server.settle();
    expect(detached.bytes).toBe(0);
    expect(detached.attached.bytes).toBeGreaterThan(100_000);
    expect(peer.client.calls('Heard').map(([n]) => n)).toEqual(ascending(10));
    expect(events).toEqual(['connected c0']);
  });

  test('counts likewise with one that comes back before its loss was noticed', async () => {
    const { server } = createServer({ slowConsumer: { highWaterBytes: 1_000 } });
    const peer = await connect(server, { isMute: true });
    for (let n = 0; n < 10; n++) say(server, n, 'x'.repeat(20_000));
    await server.settle();
    const { detached } = server.parts.services;
    for (let turn = 0; turn < 2; turn++) {
      server.comeBack(peer);
      peer.client.stall();
      await server.settle();
      expect(detached).toMatchObject({ size: 0, attached: { bytes: 0 } });
      expect(detached.bytes).toBeGreaterThan(200_000);
    }
    peer.client.flow();
    await server.settle();
    expect(detached.bytes).toBe(0);
    expect(detached.attached.bytes).toBeGreaterThan(100_000);
  });

  test('is nothing when a connection has ended, whatever it wrote last', async () => {
    const { server, events } = createServer({ slowConsumer: { highWaterBytes: 1_000 } });
    const peer = await connect(server, { isMute: true });
    for (let n = 0; n < 10; n++) say(server, n, 'x'.repeat(20_000));
    peer.client.stall();
    await server.settle();
    abort(peer.connection);
    peer.client.flow();
    await server.settle();
    expect(peer.client.calls('Heard')).toHaveLength(10);
    expect(events).toEqual(['connected c0', 'disconnected c0']);
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });
});
