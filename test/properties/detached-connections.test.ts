import { describe, expect, test } from 'vitest';
import { RETURN_MS } from '../../src/connection/stateful-reconnect/detached-connections.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { type AttachedConnection, DetachedHarness, sum, type TestDetachedConnection } from './detached-harness.ts';
import { limits, runSteps, steps, UNLIMITED } from './detached-steps.ts';

/** State at the moment when a connection was given up. */
interface StateAtEnd {
  readonly one: TestDetachedConnection;
  /** Whether all together held more than the limit. */
  readonly isTooMuch: boolean;
  /** Amount that its account held, and amount of the account that held most. */
  readonly held: number;
  readonly most: number;
  /** The connection of its account that was the last to leave, or the last to begin to keep anything. */
  readonly last: TestDetachedConnection | undefined;
}

function stateAtEnd(
  one: TestDetachedConnection,
  { kept, away }: DetachedHarness,
  isByBytes: boolean,
  limit: number,
): StateAtEnd {
  const some = isByBytes ? kept : away;
  const held = new Map<string, number>();
  for (const { account, bytes } of some) held.set(account, (held.get(account) ?? 0) + (isByBytes ? bytes : 1));
  const own = some.filter(({ account, bytes }) => account === one.account && (bytes > 0 || !isByBytes));
  const last = isByBytes ? own.toSorted((a, b) => a.keptSince - b.keptSince).at(-1) : own.at(-1);
  const isTooMuch = (isByBytes ? sum(kept) : away.length) > limit;
  return { one, isTooMuch, held: held.get(one.account) ?? 0, most: Math.max(...held.values()), last };
}

describe('connections without a transport', () => {
  property(
    'never exceed a bound, of all of them or of one user',
    [limits, steps],
    { runs: 300, sometimes: ['some are away', 'something is kept with a transport'] },
    async (bounds, some, reached) => {
      const harness = new DetachedHarness(bounds);
      await runSteps(harness, some, () => {
        const { away, kept } = harness;
        reached('some are away', away.length > 1);
        reached('something is kept with a transport', harness.bytesPresent() > 0);
        expect(harness.detached).toMatchObject({
          size: away.length,
          bytes: sum(kept),
          attached: { bytes: harness.bytesPresent() },
        });
        expect(away.length).toBeLessThanOrEqual(bounds.limitConnections);
        expect(sum(kept) + harness.bytesPresent()).toBeLessThanOrEqual(bounds.limitBytes);
        for (const user of ['ann', 'bob']) {
          const isOwn = ({ userId }: TestDetachedConnection) => userId === user;
          expect(away.filter(isOwn).length).toBeLessThanOrEqual(bounds.limitConnectionsPerUser);
          expect(sum(kept.filter(isOwn)) + harness.bytesPresent(user)).toBeLessThanOrEqual(bounds.limitBytesPerUser);
        }
      });
    },
  );

  property(
    'of one user are given up in the order in which they left',
    [limits, steps],
    { runs: 300, sometimes: ['one is given up for its place', 'one is given up for its bytes'] },
    async (bounds, some, reached) => {
      const { limitConnectionsPerUser, limitBytesPerUser } = bounds;
      const given: {
        readonly one: TestDetachedConnection;
        readonly first: TestDetachedConnection | undefined;
        readonly isTooMuch: boolean;
      }[] = [];
      const harness = new DetachedHarness(
        { ...UNLIMITED, limitConnectionsPerUser, limitBytesPerUser },
        {
          ends: (one, { text }) => {
            if (!text.includes('PerUser')) return;
            // A connection with a new transport no longer occupies a place.
            const isByBytes = text.includes('limitBytes');
            const own = (isByBytes ? harness.kept : harness.away).filter(({ userId }) => userId === one.userId);
            const isTooMuch = isByBytes ? sum(own) > limitBytesPerUser : own.length > limitConnectionsPerUser;
            reached(isByBytes ? 'one is given up for its bytes' : 'one is given up for its place');
            given.push({ one, first: own[0], isTooMuch });
          },
        },
      );
      await runSteps(harness, some, () => {
        for (const { one, first, isTooMuch } of given.splice(0)) {
          expect(one).toBe(first);
          expect(isTooMuch).toBe(true);
        }
      });
    },
  );

  property(
    'pay by address: who holds most of what is scarce, with the last that came; nobody loses anything while another holds more',
    [limits, steps],
    { runs: 500, sometimes: ['one is given up for its place', 'one is given up for its bytes'] },
    async (bounds, some, reached) => {
      const { limitConnections, limitBytes } = bounds;
      const bills: StateAtEnd[] = [];
      const harness = new DetachedHarness(
        { ...UNLIMITED, limitConnections, limitBytes },
        {
          ends: (one, { text }) => {
            if (!text.includes('detachedConnections')) return;
            const isByBytes = text.includes('limitBytes');
            reached(isByBytes ? 'one is given up for its bytes' : 'one is given up for its place');
            bills.push(stateAtEnd(one, harness, isByBytes, isByBytes ? limitBytes : limitConnections));
          },
        },
      );
      await runSteps(harness, some, () => {
        for (const { one, isTooMuch, held, most, last } of bills.splice(0)) {
          expect({ isTooMuch, held }).toEqual({ isTooMuch: true, held: most });
          expect(one).toBe(last);
        }
        expect(harness.detached.addresses).toBe(new Set(harness.away.map(({ account }) => account)).size);
      });
    },
  );

  property(
    'are given up for what they keep only when those who have one have let all of theirs go, which do so only when they must',
    [limits, steps],
    { runs: 300, sometimes: ['one is given up', 'one of a user is given up', 'one with a transport lets go'] },
    async (bounds, some, reached) => {
      const { limitBytes, limitBytesPerUser } = bounds;
      /** Bytes that connections with a transport kept when one without a transport was given up. */
      const unpaid: number[] = [];
      const unasked: AttachedConnection[] = [];
      const harness = new DetachedHarness(
        { ...UNLIMITED, limitBytes, limitBytesPerUser },
        {
          ends: ({ userId }, { text }) => {
            reached('one is given up', text.includes('limitBytes'));
            reached('one of a user is given up', text.includes('limitBytesPerUser'));
            if (text.includes('limitBytes'))
              unpaid.push(harness.bytesPresent(text.includes('PerUser') ? userId : undefined));
          },
          letsGo: (one) => {
            reached('one with a transport lets go');
            const own = harness.kept.filter(({ userId }) => userId === one.userId);
            const isOver = sum(harness.kept) + harness.bytesPresent() > limitBytes;
            const isOwnOver =
              one.userId !== undefined && sum(own) + harness.bytesPresent(one.userId) > limitBytesPerUser;
            if (!isOver && !isOwnOver) unasked.push(one);
          },
        },
      );
      await runSteps(harness, some, () => {
        expect(unpaid.filter((bytes) => bytes > 0)).toEqual([]);
        expect(unasked).toEqual([]);
      });
    },
  );

  property(
    'wait for 15 seconds, and no longer, unless they have one again',
    [steps],
    { runs: 200, sometimes: ['one waits', 'one has returned', 'one has waited too long'] },
    async (some, reached) => {
      const harness = new DetachedHarness(UNLIMITED);
      await runSteps(harness, some, () => {
        for (const { leftAt, hasReturned, ended } of harness.left) {
          const ms = harness.clock.now() - leftAt;
          reached('one waits', ms < RETURN_MS && !hasReturned);
          reached('one has returned', ms > RETURN_MS && hasReturned);
          reached('one has waited too long', ms > RETURN_MS + 200 && !hasReturned);
          if (ms < RETURN_MS || hasReturned) expect(ended).toBeUndefined();
          else if (ms > RETURN_MS + 200) expect(ended?.name).toBe('connection-lost');
        }
      });
      harness.clock.increment(RETURN_MS + 200);
      expect(harness.away).toEqual([]);
      expect(harness.wheel.armed).toBe(0);
      for (const one of harness.kept) harness.goOn(one);
      expect(harness.detached).toMatchObject({ size: 0, bytes: 0, users: 0, addresses: 0 });
    },
  );

  test('take no place when they have one again, and are not given up for one', async () => {
    const harness = new DetachedHarness({ ...UNLIMITED, limitConnections: 2, limitConnectionsPerUser: 1 });
    const first = harness.leave('ann', 5);
    harness.comeBack(first);
    const second = harness.leave('ann', 5);
    await turnOfTheLoop();
    expect(harness.kept).toEqual([first, second]);
    const third = harness.leave('ann', 5);
    await turnOfTheLoop();
    expect(harness.kept).toEqual([first, third]);
    const stranger = harness.leave(undefined, 5);
    await turnOfTheLoop();
    expect(harness.kept).toEqual([first, third, stranger]);
  });

  test('do not expire when they have one again, whenever others do', async () => {
    const harness = new DetachedHarness(UNLIMITED);
    const first = harness.leave('ann', 5);
    harness.clock.increment(1_000);
    const second = harness.leave('ann', 5);
    harness.comeBack(first);
    harness.clock.increment(RETURN_MS - 500);
    expect(harness.kept).toEqual([first, second]);
    harness.clock.increment(1_000);
    expect(harness.kept).toEqual([first]);
  });

  test('are given up when they keep more than one may, at their loss or later; not when they have ended before', async () => {
    const harness = new DetachedHarness(UNLIMITED);
    const [atOnce, later] = [harness.leave('ann', 5, '10.0.0.1', true), harness.leave('ann', 5)];
    const [modest, gone] = [harness.leave('ann', 5), harness.leave('ann', 5, '10.0.0.1', true)];
    harness.goOn(gone);
    await turnOfTheLoop();
    expect(harness.kept).toEqual([later, modest]);
    harness.grow(later, 5, true);
    harness.grow(modest, 5);
    await turnOfTheLoop();
    expect(harness.kept).toEqual([modest]);
    const text = 'Too much is kept for clients that may come back (statefulReconnectBufferBytes).';
    expect([atOnce, later, gone].map(({ ended }) => ended?.text)).toEqual([text, text, undefined]);
  });

  test('say why they were given up', async () => {
    const harness = new DetachedHarness({ ...UNLIMITED, limitConnections: 2, limitBytesPerUser: 100 });
    const [one, two] = [harness.leave('ann', 60), harness.leave('ann', 60)];
    const three = harness.leave(undefined, 5);
    await turnOfTheLoop();
    expect(one.ended?.text).toBe(
      'Too much is kept for clients that may come back (detachedConnections.limitBytesPerUser).',
    );
    expect([two.ended, three.ended]).toEqual([undefined, undefined]);
    const four = harness.leave(undefined, 5);
    await turnOfTheLoop();
    expect(four.ended?.text).toContain('detachedConnections.limitConnections)');
    harness.clock.increment(RETURN_MS + 200);
    expect(three.ended?.text).toBe('The client has not come back within 15000 ms.');
  });

  test('of strangers push nobody out who has one, however many and however large they are', async () => {
    const harness = new DetachedHarness({ ...UNLIMITED, limitConnections: 10, limitBytes: 1_000 });
    const early = harness.leave(undefined, 90, '10.0.0.2');
    for (let n = 0; n < 100; n++) harness.leave(undefined, 1);
    await turnOfTheLoop();
    const late = harness.leave(undefined, 90, '2001:db8:0:1::1');
    await turnOfTheLoop();
    expect(harness.kept).toHaveLength(10);
    for (const one of harness.kept) harness.grow(one, 110);
    await turnOfTheLoop();
    expect(harness.kept).toHaveLength(7);
    expect([early.ended, late.ended]).toEqual([undefined, undefined]);
  });
});
