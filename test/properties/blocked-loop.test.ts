// A loop that was blocked, as by a debugger or a long computation. A client that sends as soon as the server can read
// again stays connected.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Expiries, Expiry } from '../../src/endpoint/expiry.ts';
import type { HubContext } from '../../src/hub/hub-context.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { defer } from '../../src/promises.ts';
import { MemoryServer, type MemoryServerOptions, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import type { ReturningClient } from '../support/returning-client.ts';
import { any } from '../support/schemas.ts';
import { abort, sessionOf } from '../support/sessions.ts';

interface Client {
  Load(text: string): void;
  Question(): unknown;
}

const hubOptions = {
  allowStatefulReconnects: true,
  clientTimeoutMs: 10_000,
  handshakeTimeoutMs: 10_000,
  invocationTimeoutMs: 10_000,
  keepAliveIntervalMs: 8_000,
  pollTimeoutMs: 20_000,
  slowConsumer: { highWaterBytes: 1_000, stallMs: 10_000 },
};

function createServer(options: MemoryServerOptions = {}) {
  const gate = defer<string>();
  const hub = setupHub({ client: {} as Client }).createHub({
    methods: {
      Echo: method([any<unknown>()], (_hub, value) => value),
      Wait: method([], () => gate.promise),
    },
  });
  const server = new MemoryServer(hub, { hubOptions, ...options });
  const { clients } = server.host.hub.context as HubContext<Client>;
  return { server, clients, answer: () => gate.resolve('in time') };
}

type Started = ReturnType<typeof createServer>;

/** A deadline: an event that has to happen within `limitMs`. */
interface Row {
  readonly limitMs: number;
  /** Starts the time limit. */
  begin(started: Started): Promise<Begun>;
}

interface Begun {
  /** Causes the event. */
  act(): unknown;
  /** Whether the deadline was missed. */
  isLate(): boolean;
}

const isOver = (peer: Peer<unknown>) => peer.isForgotten || peer.client.closeRecord !== undefined;

const ROWS: Readonly<Record<string, Row>> = {
  'the next sound of a client that has pinged': {
    limitMs: 10_000,
    async begin({ server }) {
      const peer = await server.connect();
      peer.client.ping();
      return { act: () => peer.client.ping(), isLate: () => isOver(peer) };
    },
  },
  'a handshake': {
    limitMs: 10_000,
    async begin({ server }) {
      const peer = server.open();
      return { act: () => peer.client.handshake(), isLate: () => peer.client.records.some(({ error }) => error) };
    },
  },
  'the rest of a record': {
    limitMs: 30_000,
    async begin({ server }) {
      const peer = await server.connect();
      peer.client.send('{"type":');
      return { act: () => peer.client.send('6}\x1e'), isLate: () => isOver(peer) };
    },
  },
  'the next poll': {
    limitMs: 15_000,
    async begin({ server, clients }) {
      const peer = server.openLongPolling();
      peer.client.handshake();
      await server.settle();
      peer.client.stall();
      void clients.client(peer.id).send('Load', 'x');
      await server.settle();
      peer.client.take(Number.POSITIVE_INFINITY);
      await server.settle();
      expect(peer.transport.isAttached).toBe(false);
      return { act: () => peer.client.flow(), isLate: () => peer.isForgotten };
    },
  },
  'a new transport': {
    limitMs: 15_000,
    async begin({ server }) {
      const peer = server.openReturning();
      peer.client.handshake();
      await server.settle();
      peer.client.cut();
      await server.settle();
      return { act: () => server.comeBack(peer), isLate: () => peer.isForgotten };
    },
  },
  'a transport for what was negotiated': {
    limitMs: 15_000,
    async begin({ server }) {
      const { negotiations } = server.host.endpoint;
      const { token } = negotiations.add(1, undefined, false, '127.0.0.1');
      const isThere = () => negotiations.find(token, undefined) !== undefined;
      let hasCome = false;
      return {
        act: () => {
          hasCome = isThere();
        },
        isLate: () => !hasCome && !isThere(),
      };
    },
  },
  'the answer of a method': {
    limitMs: 10_000,
    async begin({ server, answer }) {
      const { client } = await server.connect();
      client.invoke('Wait', [], '1');
      return { act: answer, isLate: () => client.completions('1').some(({ error }) => error) };
    },
  },
  'the answer of a client': {
    limitMs: 5_000,
    async begin({ server, clients }) {
      const { id, client } = await server.connect();
      let error: unknown;
      const requestedResult = clients.client(id).with({ timeoutMs: 5_000 }).invoke('Question');
      requestedResult.catch((reason: unknown) => {
        error = reason;
      });
      await server.settle();
      const [{ invocationId = '' } = {}] = client.requestedResults;
      return { act: () => client.complete(invocationId, { result: 1 }), isLate: () => error !== undefined };
    },
  },
  'bytes that a slow client takes': {
    limitMs: 10_000,
    async begin({ server, clients }) {
      const peer = await server.connect();
      peer.client.stall();
      void clients.client(peer.id).send('Load', 'x'.repeat(5_000));
      await server.settle();
      return { act: () => peer.client.flow(), isLate: () => !sessionOf(peer.connection).lane.isOpen };
    },
  },
  'the answer to a close frame': {
    limitMs: 5_000,
    async begin({ server }) {
      const stream = server.openEventStream();
      stream.client.handshake();
      await server.settle();
      stream.client.stall();
      abort(stream.connection);
      await server.settle();
      return {
        act: () => stream.client.flow(),
        isLate: () => stream.isForgotten && stream.client.closeRecord === undefined,
      };
    },
  },
};

/** Total inaccuracy of the wheel and its users. */
const EXACT_MS = 2_600;
const BLOCKED_MS = 17_000;

describe.each(Object.entries(ROWS))('%s', (_name, { limitMs, begin }) => {
  property(
    'is in time when it comes as soon as we can hear it, wherever in its time the block begins',
    [fc.integer({ min: 0, max: limitMs / 100 - 2 }), fc.integer({ min: 5, max: 900 })],
    8,
    async (steps, blocked) => {
      const started = createServer();
      const { server } = started;
      const { act, isLate } = await begin(started);
      await server.pass(steps * 100);
      expect(isLate()).toBe(false);
      server.clock.block(blocked * 100);
      // The turns that reading takes: one accepts a new socket, and another reads from it.
      await server.pass(500);
      expect(isLate()).toBe(false);
      act();
      await server.pass(1_000);
      expect(isLate()).toBe(false);
    },
  );

  test('is late when it does not come, once we could have heard it', async () => {
    const started = createServer();
    const { server } = started;
    const { act, isLate } = await begin(started);
    await server.pass(limitMs / 2);
    server.clock.block(BLOCKED_MS);
    await server.pass(limitMs / 2 + EXACT_MS + 1_000);
    act();
    await server.settle();
    expect(isLate()).toBe(true);
  });
});

describe('what clients wait for, on clocks that have not stopped', () => {
  test('a ping comes at once behind a block', async () => {
    const { server } = createServer();
    const { client } = await server.connect();
    await server.pass(100);
    server.clock.block(BLOCKED_MS);
    await server.pass(100);
    expect(client.records.filter(({ type }) => type === 6)).toHaveLength(1);
  });

  test('a poll is answered at once behind a block', async () => {
    const { server } = createServer();
    const peer = server.openLongPolling();
    peer.client.handshake();
    await server.settle();
    await server.pass(5_000);
    const polls = peer.transport;
    const over: boolean[] = [];
    polls.poll({
      buffered: 0,
      progress: 0,
      whenOver() {},
      answerWithMessages() {},
      answerEmpty: () => over.push(true),
      answerNoContent() {},
      refuse() {},
      terminate() {},
    });
    server.clock.block(20_000);
    await server.pass(100);
    expect(over).toEqual([true]);
  });

  test('an Ack comes at once behind a block', async () => {
    const { server } = createServer();
    const client = server.openReturning().client as ReturningClient;
    client.handshake();
    await server.settle();
    client.invoke('Echo', [1], '1');
    await server.pass(500);
    expect(client.kept).toBe(1);
    server.clock.block(BLOCKED_MS);
    await server.pass(100);
    expect(client.kept).toBe(0);
  });

  test('a drain ends in its time', async () => {
    const { server } = createServer();
    const peer = await server.connect();
    peer.client.invoke('Wait', [], '1');
    const closed = server.parts.close({ drainMs: 5_000 });
    await server.pass(500);
    expect(isOver(peer)).toBe(false);
    server.clock.block(BLOCKED_MS);
    await server.pass(100);
    expect(isOver(peer)).toBe(true);
    await server.pass(20_000);
    await closed;
  });

  test('what a rate has held back is let go', async () => {
    const { server, clients } = createServer({
      hubOptions: { ...hubOptions, outboxes: { broadcast: { rate: { perSecond: 0.1 } } } },
    });
    const { client } = await server.connect();
    for (const text of ['1', '2']) void clients.all.send('Load', text);
    await server.pass(100);
    server.clock.block(BLOCKED_MS);
    await server.pass(100);
    expect(client.calls('Load')).toEqual([['1'], ['2']]);
  });

  test('a client may come back again', async () => {
    const { server } = createServer();
    const peer = server.openReturning();
    peer.client.handshake();
    await server.settle();
    const comesBack = () => peer.connection.session?.statefulReconnect?.mayReturnNow();
    for (let n = 0; n < 10; n++) expect(comesBack()).toBe(true);
    server.clock.block(BLOCKED_MS);
    await server.pass(100);
    expect(comesBack()).toBe(true);
  });

  test('a credential that expires meanwhile ends its connection at once', async () => {
    const { server } = createServer();
    const peer = await server.connect();
    const expiry = new Expiry(peer.connection, new Expiries(server.parts.wheel));
    expiry.renew({ id: 'ann', roles: [], expiresAt: server.clock.wallNow() + 10_000 });
    server.clock.block(BLOCKED_MS);
    await server.pass(100);
    expect(isOver(peer)).toBe(true);
  });
});
