import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { BACKLOG_BYTES } from '../../src/connection/mailbox/backlogs.ts';
import { MAILBOX_ROOM } from '../../src/connection/mailbox/mailbox.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import type { Reached } from '../support/check-property.ts';
import { MemoryServer, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { sessionOf } from '../support/sessions.ts';

/** A hub whose calls run until the test ends the oldest of them. */
function slowHub() {
  const begun: number[] = [];
  const running: Deferred<void>[] = [];
  const hub = setupHub({}).createHub({
    methods: {
      Slow: method([any<number>(), any<unknown>()], (_hub, number) => {
        begun.push(number);
        const call = defer();
        running.push(call);
        return call.promise;
      }),
    },
  });
  return { hub, begun, end: () => running.shift()?.resolve() };
}

/**
 * Arguments of calls. Many with a long text fill a mailbox, and few with many small values: ten of 5 KB weigh 1 MiB.
 */
const BALLAST = [null, 'x'.repeat(100), 'x'.repeat(20_000), Array(1_500).fill({}), Array(1_500).fill('')];
const call = (number: number, ballast: unknown) => ({
  type: 1,
  target: 'Slow',
  arguments: [number, ballast],
  invocationId: `${number}`,
});
const HEAVIEST = 1_600 * 64;

/** Calls arrive in bursts, several in one frame, and now and then a call ends. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('burst' as const),
      calls: fc.integer({ min: 1, max: 90 }),
      ballast: fc.constantFrom(...BALLAST),
    }),
    fc.record({ does: fc.constant('end' as const), calls: fc.integer({ min: 1, max: 60 }) }),
  ),
  { minLength: 1, maxLength: 15 },
);

const CASES = ['as many calls wait as may', 'as large calls wait as may', 'some calls wait'] as const;
type Case = (typeof CASES)[number];

function isBounded({ connection, transport }: Peer, reached: Reached<Case>): void {
  const { mailbox } = sessionOf(connection);
  reached('as many calls wait as may', mailbox.length === MAILBOX_ROOM);
  reached('as large calls wait as may', mailbox.weight >= BACKLOG_BYTES && mailbox.length < MAILBOX_ROOM);
  reached('some calls wait', mailbox.length > 0 && !mailbox.isPaused);
  expect(mailbox.length).toBeLessThanOrEqual(MAILBOX_ROOM);
  expect(mailbox.weight).toBeLessThan(BACKLOG_BYTES + HEAVIEST);
  expect(mailbox.isPaused).toBe(mailbox.length === MAILBOX_ROOM || mailbox.weight >= BACKLOG_BYTES);
  if (mailbox.length === 0) expect(mailbox.weight).toBe(0);
  expect(transport.isPaused).toBe(mailbox.isPaused);
}

describe('the messages of a client that calls faster than its calls end', () => {
  property(
    'is parsed only while there is room for it, and every call is made, in its order',
    [steps, fc.integer({ min: 1, max: 4 })],
    {
      runs: 60,
      sometimes: CASES,
      examples: [[[1, 2].map(() => ({ does: 'burst' as const, calls: 90, ballast: null })), 1]],
    },
    async (todo, maximumParallelInvocationsPerClient, reached) => {
      const { hub, begun, end } = slowHub();
      const server = new MemoryServer(hub, { hubOptions: { maximumParallelInvocationsPerClient } });
      const peer = await server.connect();
      let sent = 0;
      for (const step of todo) {
        if (step.does === 'burst') {
          peer.client.sendRecord(...Array.from({ length: step.calls }, (_, at) => call(sent + at, step.ballast)));
          sent += step.calls;
        } else for (let count = 0; count < step.calls; count++) end();
        isBounded(peer, reached);
        await server.settle();
        isBounded(peer, reached);
      }
      for (let guard = 0; begun.length < sent && guard <= sent; guard++) {
        end();
        await server.settle();
        isBounded(peer, reached);
      }
      expect(begun).toEqual(Array.from({ length: sent }, (_, number) => number));
    },
  );

  property(
    'is not parsed at all before onConnected is done, and the socket waits behind 64 KiB of it',
    [fc.integer({ min: 1, max: 40 })],
    { runs: 20, sometimes: ['the socket waits', 'all is read'], examples: [[3], [20]] },
    async (chunks, reached) => {
      const connecting = defer();
      const { hub } = slowHub();
      const held = setupHub({}).createHub({ methods: hub.methods, onConnected: () => connecting.promise });
      const server = new MemoryServer(held);
      const peer = await server.connect();
      const chunk = `${JSON.stringify({ type: 1, target: 'Slow', arguments: ['x'.repeat(10_000)] })}\x1e`;
      for (let count = 0; count < chunks; count++) peer.client.send(chunk);
      const { mailbox } = sessionOf(peer.connection);
      reached(peer.transport.isPaused ? 'the socket waits' : 'all is read');
      expect(mailbox.length).toBe(0);
      // The chunk that crosses the limit has been read already.
      expect(mailbox.unread).toBeLessThan(65_536 + chunk.length);
      expect(peer.transport.isPaused).toBe(chunk.length * chunks >= 65_536);
      connecting.resolve();
      await server.settle();
      expect(mailbox.length).toBe(chunks - 1);
    },
  );
});
