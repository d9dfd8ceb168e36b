import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { HubContext } from '../../src/hub/hub-context.ts';
import type { HubOptions } from '../../src/hub/hub-options.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { SLOW_CONSUMER_POLICIES } from '../../src/protocol/encoded-message.ts';
import { MemoryServer, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { abort, sessionOf } from '../support/sessions.ts';
import { NEVER } from './never.ts';

const hundreds = (min: number, max: number) => fc.integer({ min, max }).map((steps) => steps * 100);

function serverWith(hubOptions: HubOptions): MemoryServer {
  const hub = setupHub({}).createHub({
    methods: {
      Echo: method([any<unknown>()], (_hub, value) => value),
      Hang: method([any<unknown>()], { timeoutMs: 0 }, () => NEVER),
      Load: method([any<number>()], (hub, bytes) => hub.clients.caller.send('Load', 'x'.repeat(bytes))),
    },
  });
  return new MemoryServer(hub, { hubOptions });
}

const contextOf = ({ host }: MemoryServer) => host.hub.context as HubContext<{ Load(text: string): void }>;
const isThere = ({ client }: Peer) => client.closeRecord === undefined && client.closeCode === undefined;
const hasTimedOut = ({ client }: Peer) => client.closeRecord?.error === 'Connection closed with an error.';

describe('keep-alive', () => {
  property(
    'is one ping for each interval',
    [hundreds(1, 60), hundreds(1, 200)],
    {
      runs: 60,
      sometimes: ['several pings', 'no ping'],
      examples: [
        [1_000, 900],
        [1_000, 2_000],
      ],
    },
    async (interval, time, reached) => {
      const server = serverWith({ keepAliveIntervalMs: interval });
      const { client } = await server.connect();
      await server.pass(time);
      const pings = client.records.filter(({ type }) => type === 6);
      reached('several pings', pings.length > 1);
      reached('no ping', pings.length === 0);
      expect(pings).toHaveLength(Math.floor(time / interval));
    },
  );

  property('says nothing to a client that has enough to read', [hundreds(1, 20)], 20, async (interval) => {
    const server = serverWith({
      keepAliveIntervalMs: interval,
      slowConsumer: { highWaterBytes: 100, stallMs: 60_000 },
    });
    const { client } = await server.connect();
    client.stall();
    client.invoke('Load', [200]);
    await server.settle();
    await server.pass(10 * interval);
    client.flow();
    await server.settle();
    expect(client.records.filter(({ type }) => type === 6)).toEqual([]);
  });
});

const TIMEOUT_MS = 3_000;
/** Clearly shorter than the timeout, or clearly longer: the accuracy of the wheel is not tested here. */
const gap = fc.oneof({ weight: 5, arbitrary: hundreds(1, 27) }, { weight: 1, arbitrary: hundreds(33, 60) });
const sound = fc.constantFrom('ping' as const, 'call' as const, 'nothing' as const);

describe('a client that has pinged once', () => {
  property(
    'may be silent for the timeout, and no longer; one that never pings, for ever',
    [fc.array(fc.tuple(gap, sound), { maxLength: 12, size: 'max' })],
    { runs: 150, sometimes: ['it has timed out', 'it has made a sound in time', 'it has never pinged, and is there'] },
    async (sounds, reached) => {
      const server = serverWith({ clientTimeoutMs: TIMEOUT_MS });
      const peer = await server.connect();
      let deadline = Number.POSITIVE_INFINITY;
      for (const [silence, kind] of sounds) {
        await server.pass(silence);
        const now = server.clock.now();
        reached('it has timed out', now >= deadline + 300);
        reached('it has made a sound in time', deadline !== Number.POSITIVE_INFINITY && now < deadline - 300);
        reached('it has never pinged, and is there', deadline === Number.POSITIVE_INFINITY && now > 2 * TIMEOUT_MS);
        if (now < deadline - 300) expect(isThere(peer)).toBe(true);
        if (now >= deadline + 300) {
          expect(hasTimedOut(peer)).toBe(true);
          return;
        }
        if (!isThere(peer)) return;
        if (kind === 'nothing') continue;
        if (kind === 'ping') peer.client.ping();
        else peer.client.invoke('Echo', [1]);
        if (kind === 'ping' || deadline !== Number.POSITIVE_INFINITY) deadline = now + TIMEOUT_MS;
      }
    },
  );

  property(
    'is waited for as long as a call of its waits for its turn, and not because one runs',
    [fc.nat(3), fc.boolean()],
    {
      runs: 30,
      sometimes: ['calls wait', 'no call waits'],
      examples: [
        [0, false],
        [2, true],
      ],
    },
    async (waiting, isFull, reached) => {
      const server = serverWith({ clientTimeoutMs: TIMEOUT_MS });
      const peer = await server.connect();
      peer.client.ping();
      peer.client.invoke('Hang', [0]);
      // A full mailbox, whose socket is paused, is only the extreme case.
      for (let count = 0; count < (isFull ? waiting * 100 : waiting); count++) peer.client.invoke('Echo', [count]);
      await server.pass(4 * TIMEOUT_MS);
      reached(waiting > 0 ? 'calls wait' : 'no call waits');
      expect(isThere(peer)).toBe(waiting > 0);
      expect(hasTimedOut(peer)).toBe(waiting === 0);
    },
  );
});

describe('a handshake', () => {
  property(
    'has its time, and then the client is told and sent away',
    [hundreds(2, 60), fc.constantFrom('', '{"protocol":"json",')],
    40,
    async (handshakeTimeoutMs, beginning) => {
      const server = serverWith({ handshakeTimeoutMs });
      const peer = server.open();
      peer.client.send(beginning);
      await server.pass(handshakeTimeoutMs - 100);
      expect(peer.client.records).toEqual([]);
      await server.pass(300);
      expect(peer.client.records).toEqual([{ error: 'Handshake was canceled.' }]);
      expect(peer.client.closeCode).toBe(1000);
      expect(peer.isForgotten).toBe(true);
    },
  );

  property('that came in time has no end', [hundreds(2, 60)], 20, async (handshakeTimeoutMs) => {
    const server = serverWith({ handshakeTimeoutMs });
    const peer = server.open();
    await server.pass(handshakeTimeoutMs - 100);
    peer.client.handshake();
    await server.pass(3 * handshakeTimeoutMs);
    expect(isThere(peer)).toBe(true);
    // Nor does the log say that it came too late.
    expect(server.log.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });
});

describe('a socket that takes nothing while something waits', () => {
  const policy = fc.constantFrom(...SLOW_CONSUMER_POLICIES);
  property(
    'is given stallMs since it took anything, whatever the policy',
    [hundreds(4, 40), policy, fc.array(hundreds(1, 30), { maxLength: 6 })],
    { runs: 100, sometimes: ['it takes something in time', 'it has stalled'] },
    async (stallMs, chosen, gaps, reached) => {
      const server = serverWith({ slowConsumer: { highWaterBytes: 100, policy: chosen, stallMs } });
      const peer = await server.connect();
      peer.client.stall();
      peer.client.invoke('Load', [10_000]);
      await server.settle();
      let tookAt = server.clock.now();
      const observe = (): void => {
        const idle = server.clock.now() - tookAt;
        reached('it has stalled', idle > 1.25 * stallMs + 600);
        if (idle < stallMs) expect(sessionOf(peer.connection).lane.isOpen).toBe(true);
        // It is looked at four times in that span.
        if (idle > 1.25 * stallMs + 600) expect(sessionOf(peer.connection).lane.isOpen).toBe(false);
      };
      for (const ms of gaps) {
        await server.pass(ms);
        observe();
        if (!sessionOf(peer.connection).lane.isOpen) return;
        reached('it takes something in time');
        peer.client.take(1);
        tookAt = server.clock.now();
      }
      await server.pass(2 * stallMs + 600);
      observe();
    },
  );

  property('has all the time when nothing waits', [hundreds(4, 40)], 20, async (stallMs) => {
    const server = serverWith({ slowConsumer: { stallMs }, keepAliveIntervalMs: 1_000_000 });
    const peer = await server.connect();
    peer.client.stall();
    peer.client.invoke('Load', [1_000]);
    await server.pass(5 * stallMs);
    expect(isThere(peer)).toBe(true);
  });
});

describe('a client that does not answer the close frame', () => {
  property(
    'is cut after five seconds; after ten, when it does not even read',
    [fc.boolean()],
    { runs: 5, sometimes: ['it reads', 'it does not read'], examples: [[true], [false]] },
    async (reads, reached) => {
      reached(reads ? 'it reads' : 'it does not read');
      const server = serverWith({ slowConsumer: { highWaterBytes: 100, stallMs: 60_000 } });
      const peer = await server.connect();
      peer.client.answersClose = false;
      if (!reads) peer.client.stall();
      // Not by a call of its own: the server would wait for that, too.
      contextOf(server).clients.all.send('Load', 'x'.repeat(1_000));
      await server.settle();
      abort(peer.connection);
      await server.pass(reads ? 4_900 : 9_900);
      expect(peer.isForgotten).toBe(false);
      await server.pass(400);
      expect(peer.isForgotten).toBe(true);
      expect(peer.client.isEnded).toBe(true);
    },
  );
});
