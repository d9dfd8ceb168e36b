import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HubOptions } from '../../src/hub/hub-options.ts';
import { method, stream } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { defer } from '../../src/promises.ts';
import { MemoryServer, NOTHING_LEFT, type Peer, turnOfTheLoop } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { abort, sessionOf } from '../support/sessions.ts';
import { uncaughtDuring } from '../support/uncaught.ts';
import type { TestClient } from './addresses.ts';
import { UNUSUAL_STREAMS } from './unusual-streams.ts';

const slowConsumer = { highWaterBytes: 1_000, limitBytes: 4_000, limitMessages: 20, stallMs: 60_000 };
const ascending = (count: number) => Array.from({ length: count }, (_, number) => number);

/** `progress`: the number of items that each connection has been asked for. */
function createServer(hubOptions: HubOptions = {}) {
  const progress = new Map<string, number>();
  const held = defer();
  let letGo = 0;
  const hub = setupHub({ client: {} as TestClient }).createHub({
    options: { slowConsumer, ...hubOptions },
    methods: {
      Echo: method([any<unknown>()], (_hub, value) => value),
      Hold: method([], () => held.promise),
      Count: stream([any<number>(), any<number>()], async function* (self, count, bytes) {
        try {
          for (let n = 0; n < count; n++) {
            progress.set(self.connectionId, n + 1);
            yield { n, padding: 'x'.repeat(bytes) };
          }
        } finally {
          letGo += 1;
        }
      }),
      /** Yields, sends to its caller and sends to all clients, in this order. */
      Mix: stream([any<readonly Doing[]>()], async function* (self, doings) {
        for (const [number, doing] of doings.entries()) {
          if (doing === 'yield') yield number;
          else void self.clients[doing].send('Heard', number, '');
        }
      }),
      Odd: stream([any<string>()], (_hub, name) => UNUSUAL_STREAMS.get(name)?.make() as AsyncIterable<unknown>),
      Wait: stream([], async function* ({ signal }) {
        yield 0;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }),
    },
  });
  return { server: new MemoryServer(hub), progress, release: () => held.resolve(), letGo: () => letGo };
}

type Doing = 'yield' | 'caller' | 'all';
const doings = fc.array(fc.constantFrom<Doing>('yield', 'yield', 'caller', 'all'), { maxLength: 60, size: 'max' });
const name = fc.constantFrom(...UNUSUAL_STREAMS.keys());
const end = fc.constantFrom<(peer: Peer) => void>(
  ({ client }) => client.close(),
  ({ client }) => client.cut(),
  ({ client }) => client.sendClose(),
  ({ connection }) => abort(connection),
);

/** A client that reads a part now and then. */
async function readInBits(server: MemoryServer, { client }: Peer, bits: readonly number[]): Promise<void> {
  for (const bytes of bits) {
    client.take(bytes);
    await server.settle();
  }
  client.flow();
  await server.settle();
}

describe('a stream', () => {
  property(
    'keeps its items in order with what its method sends, however its client reads',
    [doings, fc.array(fc.nat(500), { maxLength: 10 })],
    100,
    async (todo, bits) => {
      const { server } = createServer();
      const peer = await server.connect();
      peer.client.stall();
      peer.client.stream('Mix', [todo], 's');
      await server.settle();
      await readInBits(server, peer, bits);
      const numbers = peer.client.records
        .slice(1, -1)
        .map(({ type, item, arguments: args }) => (type === 2 ? item : args?.[0]));
      expect(numbers).toEqual(ascending(todo.length));
      expect(peer.client.records.at(-1)).toEqual({ type: 3, invocationId: 's' });
    },
  );

  property(
    'waits for its own client, which then gets everything, and for nobody else',
    [fc.integer({ min: 30, max: 200 }), fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 5 })],
    40,
    async (count, bytes, streams) => {
      const { server, progress } = createServer();
      const [slow, quick] = [await server.connect({ id: 'slow' }), await server.connect({ id: 'quick' })];
      slow.client.stall();
      for (let s = 0; s < streams; s++) slow.client.stream('Count', [count, bytes], `${s}`);
      quick.client.stream('Count', [count, bytes], 's');
      await server.settle();
      expect(quick.client.completions('s')).toHaveLength(1);
      // What stands in the socket, and the items that each stream holds and has asked for when it sees that.
      const { lane } = sessionOf(slow.connection);
      expect(lane.isOpen).toBe(true);
      expect(lane.lag.messages).toBeLessThanOrEqual(streams);
      expect(((progress.get('slow') ?? 0) - 2) * (bytes + 60)).toBeLessThanOrEqual(
        2 * (slowConsumer.highWaterBytes + bytes + 60),
      );
      slow.client.flow();
      await server.settle();
      for (let s = 0; s < streams; s++) {
        expect(slow.client.items(`${s}`).map((item) => (item as { n: number }).n)).toEqual(ascending(count));
        expect(slow.client.completions(`${s}`)).toHaveLength(1);
      }
    },
  );

  property(
    'does not keep the event loop: so many items of a connection leave in one turn, and no more',
    [fc.integer({ min: 200, max: 600 }), fc.integer({ min: 1, max: 4 })],
    20,
    async (count, streams) => {
      // All of it fits into one frame, so that only the turns of the stream divide it.
      const { server } = createServer({ slowConsumer: { highWaterBytes: 1_000_000, limitMessages: 10_000 } });
      const { client } = await server.connect();
      for (let s = 0; s < streams; s++) client.stream('Count', [count, 0], `${s}`);
      await server.settle();
      expect(client.records.filter(({ type }) => type === 2)).toHaveLength(count * streams);
      expect(Math.max(...client.frames)).toBeLessThanOrEqual(100 + 2 * streams);
    },
  );

  property(
    'of whatever kind has its items, and one end, which may be that it was cancelled',
    [fc.array(fc.tuple(name, fc.boolean(), fc.nat(6)), { minLength: 1, maxLength: 8 })],
    {
      runs: 150,
      sometimes: [
        'one is cancelled before its items',
        'one is cancelled behind some of its items',
        'one has all of its items',
        'one ends with an error',
        'one never ends',
      ],
    },
    async (streams, reached) => {
      const uncaught = await uncaughtDuring(async () => {
        const { server } = createServer();
        const peer = await server.connect();
        for (const [at, [kind]] of streams.entries()) peer.client.stream('Odd', [kind], `${at}`);
        // A cancel may come before its stream, while it runs, and after its end.
        for (const [at, [, isCancelled, moments]] of streams.entries()) {
          for (let moment = 0; moment < moments; moment++) await Promise.resolve();
          if (isCancelled) peer.client.cancel(`${at}`);
        }
        await server.settle();
        for (const [at, [kind, isCancelled]] of streams.entries()) {
          const { ending, items } = UNUSUAL_STREAMS.get(kind) ?? { ending: 'never', items: 0 };
          const ends = peer.client.completions(`${at}`);
          const read = peer.client.items(`${at}`);
          expect(read).toEqual(ascending(read.length));
          reached('one is cancelled before its items', isCancelled && items > 0 && read.length === 0);
          reached('one is cancelled behind some of its items', isCancelled && read.length > 0);
          reached('one has all of its items', !isCancelled && items > 0);
          reached('one ends with an error', !isCancelled && ending === 'with an error');
          reached('one never ends', !isCancelled && ending === 'never');
          if (isCancelled) expect(ends).toHaveLength(1);
          else expect([read.length, ends.length]).toEqual([items, ending === 'never' ? 0 : 1]);
          if (!isCancelled && ends.length > 0) expect('error' in (ends[0] ?? {})).toBe(ending === 'with an error');
          expect(JSON.stringify(ends)).not.toContain('SECRET');
        }
        // The rest of the connection is unaffected.
        peer.client.invoke('Echo', ['fine'], 'echo');
        await server.settle();
        expect(peer.client.completions('echo')).toEqual([{ type: 3, invocationId: 'echo', result: 'fine' }]);
        peer.client.close();
        // Some never let go: the end waits for them, but not for ever.
        await server.pass(6_000);
        expect(peer.isForgotten).toBe(true);
        expect(server.leftovers()).toEqual(NOTHING_LEFT);
        expect(server.log.faults).toEqual([]);
      });
      expect(uncaught).toEqual([]);
    },
  );

  property(
    'is one of as many as the hub allows, and gives its place back, however it ends',
    [
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.constantFrom('cancel', 'Wait', 'Count'), { maxLength: 30, size: 'max' }),
    ],
    { runs: 80, sometimes: ['one more is refused', 'one takes the place of another'] },
    async (most, todo, reached) => {
      const { server } = createServer({ maximumParallelStreamsPerClient: most });
      const { client } = await server.connect();
      const running: string[] = [];
      /** Whether one has ended when all places were taken. */
      let hasEnded = false;
      for (const [at, what] of todo.entries()) {
        const id = `${at}`;
        if (what === 'cancel') {
          const oldest = running.shift();
          if (oldest !== undefined) client.cancel(oldest);
          hasEnded ||= running.length === most - 1;
          await server.settle();
          continue;
        }
        client.stream(what, what === 'Count' ? [1, 0] : [], id);
        await server.settle();
        const error = `An unexpected error occurred invoking '${what}' on the server. HubException: A client can have at most ${most} streams at once (maximumParallelStreamsPerClient).`;
        reached('one more is refused', running.length === most);
        reached('one takes the place of another', hasEnded && running.length === most - 1);
        if (running.length === most) expect(client.completions(id)).toEqual([{ type: 3, invocationId: id, error }]);
        else {
          expect(client.items(id)).toHaveLength(1);
          if (what === 'Wait') running.push(id);
        }
      }
    },
  );

  property(
    'is let go of by its method when the connection ends, whoever ends it, and whether its client reads or not',
    [fc.boolean(), fc.integer({ min: 1, max: 4 }), end],
    40,
    async (isStalled, streams, ends) => {
      const { server, progress, letGo } = createServer();
      const peer = await server.connect({ id: 'c' });
      if (isStalled) peer.client.stall();
      // Far from its end when the connection ends.
      const count = 5_000;
      for (let s = 0; s < streams; s++) peer.client.stream('Count', [count, 50], `${s}`);
      await turnOfTheLoop();
      ends(peer);
      await server.settle();
      expect(letGo()).toBe(streams);
      expect(progress.get('c')).toBeLessThan(count);
      peer.client.flow();
      await server.pass(6_000);
      expect(peer.isForgotten).toBe(true);
      expect(server.leftovers()).toEqual(NOTHING_LEFT);
    },
  );

  test('that is cancelled while it stands in line is answered, and its method does not run', async () => {
    const { server, progress, release } = createServer();
    const { client } = await server.connect({ id: 'c' });
    // The second call waits for the first, and everything behind it waits, too.
    for (const call of ['1', '2']) client.invoke('Hold', [], call);
    client.stream('Count', [5, 0], 's');
    client.cancel('s');
    await server.settle();
    expect(client.completions('s')).toEqual([]);
    release();
    await server.settle();
    expect(client.completions('s')).toEqual([{ type: 3, invocationId: 's' }]);
    expect(progress.size).toBe(0);
  });

  test('that stands in line when its client leaves does not begin', async () => {
    const { server, progress, release } = createServer();
    const peer = await server.connect({ id: 'c' });
    for (const call of ['1', '2']) peer.client.invoke('Hold', [], call);
    peer.client.stream('Count', [5, 0], 's');
    peer.client.close();
    release();
    await server.settle();
    expect(peer.isForgotten).toBe(true);
    expect(progress.size).toBe(0);
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('may end by itself while the server drains; one that does not is ended with its connection', async () => {
    let next = defer();
    const hub = setupHub({}).createHub({
      methods: {
        Tick: stream([any<number>()], async function* (_hub, count) {
          for (let n = 0; n < count; n++) {
            yield n;
            await next.promise;
          }
        }),
      },
    });
    const server = new MemoryServer(hub);
    const tick = async () => {
      next.resolve();
      next = defer();
      await server.settle();
    };
    const [short, long, idle] = [await server.connect(), await server.connect(), await server.connect()];
    short.client.stream('Tick', [5], 's');
    long.client.stream('Tick', [1_000], 's');
    await server.settle();
    const closed = server.parts.close({ drainMs: 2_000 });
    await tick();
    expect(idle.isForgotten).toBe(true);
    expect(short.isForgotten).toBe(false);
    while (!short.isForgotten) await tick();
    expect(short.client.items('s')).toEqual(ascending(5));
    expect(short.client.records.slice(-2)).toEqual([
      { type: 3, invocationId: 's' },
      { type: 7, allowReconnect: true },
    ]);
    await server.pass(1_900);
    expect(long.isForgotten).toBe(false);
    await server.pass(200);
    await tick();
    await closed;
    expect(long.isForgotten).toBe(true);
    expect(long.client.completions('s')).toEqual([]);
    expect(long.client.closeRecord).toEqual({ type: 7, allowReconnect: true });
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('ends with its own time limit, whether or not its method lets go', async () => {
    const hub = setupHub({}).createHub({
      methods: {
        Odd: stream(
          [any<string>()],
          { timeoutMs: 1_000 },
          (_hub, kind) => UNUSUAL_STREAMS.get(kind)?.make() as AsyncIterable<unknown>,
        ),
      },
    });
    const endless = [...UNUSUAL_STREAMS].filter(([, { ending }]) => ending === 'never').map(([kind]) => kind);
    const server = new MemoryServer(hub);
    const peer = await server.connect();
    for (const kind of endless) peer.client.stream('Odd', [kind], kind);
    await server.pass(1_200);
    const error = 'An error occurred on the server while streaming results. HubException: It took longer than 1000 ms.';
    for (const kind of endless) {
      expect(peer.client.completions(kind)).toEqual([{ type: 3, invocationId: kind, error }]);
    }
    expect(server.leftovers().alarms).toBe(1);
  });
});
