import { describe, expect, test } from 'vitest';
import { RETURN_MS } from '../../src/connection/stateful-reconnect/detached-connections.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { limits, play, steps, UNLIMITED } from './detached-play.ts';
import { type Away, DetachedRig, type Present, sum } from './detached-rig.ts';

/** State at the moment when a connection was given up. */
interface Bill {
  readonly one: Away;
  /** Whether all together held more than the limit. */
  readonly isTooMuch: boolean;
  /** Amount that its account held, and amount of the account that held most. */
  readonly held: number;
  readonly most: number;
  /** The connection of its account that was the last to leave, or the last to begin to keep anything. */
  readonly last: Away | undefined;
}

function billOf(one: Away, { kept, away }: DetachedRig, isByBytes: boolean, limit: number): Bill {
  const some = isByBytes ? kept : away;
  const held = new Map<string, number>();
  for (const { account, bytes } of some) held.set(account, (held.get(account) ?? 0) + (isByBytes ? bytes : 1));
  const own = some.filter(({ account, bytes }) => account === one.account && (bytes > 0 || !isByBytes));
  const last = isByBytes ? own.toSorted((a, b) => a.keptSince - b.keptSince).at(-1) : own.at(-1);
  const isTooMuch = (isByBytes ? sum(kept) : away.length) > limit;
  return { one, isTooMuch, held: held.get(one.account) ?? 0, most: Math.max(...held.values()), last };
}

describe('connections without a transport', () => {
  property('never exceed a bound, of all of them or of one user', [limits, steps], 300, async (bounds, some) => {
    const rig = new DetachedRig(bounds);
    await play(rig, some, () => {
      const { away, kept } = rig;
      expect(rig.detached).toMatchObject({
        size: away.length,
        bytes: sum(kept),
        attached: { bytes: rig.bytesPresent() },
      });
      expect(away.length).toBeLessThanOrEqual(bounds.limitConnections);
      expect(sum(kept) + rig.bytesPresent()).toBeLessThanOrEqual(bounds.limitBytes);
      for (const user of ['ann', 'bob']) {
        const isOwn = ({ userId }: Away) => userId === user;
        expect(away.filter(isOwn).length).toBeLessThanOrEqual(bounds.limitConnectionsPerUser);
        expect(sum(kept.filter(isOwn)) + rig.bytesPresent(user)).toBeLessThanOrEqual(bounds.limitBytesPerUser);
      }
    });
  });

  property('of one user are given up in the order in which they left', [limits, steps], 300, async (bounds, some) => {
    const { limitConnectionsPerUser, limitBytesPerUser } = bounds;
    const given: { readonly one: Away; readonly first: Away | undefined; readonly isTooMuch: boolean }[] = [];
    const rig = new DetachedRig(
      { ...UNLIMITED, limitConnectionsPerUser, limitBytesPerUser },
      {
        ends: (one, { text }) => {
          if (!text.includes('PerUser')) return;
          // A connection with a new transport no longer occupies a place.
          const isByBytes = text.includes('limitBytes');
          const own = (isByBytes ? rig.kept : rig.away).filter(({ userId }) => userId === one.userId);
          const isTooMuch = isByBytes ? sum(own) > limitBytesPerUser : own.length > limitConnectionsPerUser;
          given.push({ one, first: own[0], isTooMuch });
        },
      },
    );
    await play(rig, some, () => {
      for (const { one, first, isTooMuch } of given.splice(0)) {
        expect(one).toBe(first);
        expect(isTooMuch).toBe(true);
      }
    });
  });

  property(
    'pay by address: who holds most of what is scarce, with the last that came; nobody loses anything while another holds more',
    [limits, steps],
    500,
    async (bounds, some) => {
      const { limitConnections, limitBytes } = bounds;
      const bills: Bill[] = [];
      const rig = new DetachedRig(
        { ...UNLIMITED, limitConnections, limitBytes },
        {
          ends: (one, { text }) => {
            if (!text.includes('detachedConnections')) return;
            const isByBytes = text.includes('limitBytes');
            bills.push(billOf(one, rig, isByBytes, isByBytes ? limitBytes : limitConnections));
          },
        },
      );
      await play(rig, some, () => {
        for (const { one, isTooMuch, held, most, last } of bills.splice(0)) {
          expect({ isTooMuch, held }).toEqual({ isTooMuch: true, held: most });
          expect(one).toBe(last);
        }
        expect(rig.detached.addresses).toBe(new Set(rig.away.map(({ account }) => account)).size);
      });
    },
  );

  property(
    'are given up for what they keep only when those who have one have let all of theirs go, which do so only when they must',
    [limits, steps],
    300,
    async (bounds, some) => {
      const { limitBytes, limitBytesPerUser } = bounds;
      /** Bytes that connections with a transport kept when one without a transport was given up. */
      const unpaid: number[] = [];
      const unasked: Present[] = [];
      const rig = new DetachedRig(
        { ...UNLIMITED, limitBytes, limitBytesPerUser },
        {
          ends: ({ userId }, { text }) => {
            if (text.includes('limitBytes'))
              unpaid.push(rig.bytesPresent(text.includes('PerUser') ? userId : undefined));
          },
          letsGo: (one) => {
            const own = rig.kept.filter(({ userId }) => userId === one.userId);
            const isOver = sum(rig.kept) + rig.bytesPresent() > limitBytes;
            const isOwnOver = one.userId !== undefined && sum(own) + rig.bytesPresent(one.userId) > limitBytesPerUser;
            if (!isOver && !isOwnOver) unasked.push(one);
          },
        },
      );
      await play(rig, some, () => {
        expect(unpaid.filter((bytes) => bytes > 0)).toEqual([]);
        expect(unasked).toEqual([]);
      });
    },
  );

  property('wait for 15 seconds, and no longer, unless they have one again', [steps], 200, async (some) => {
    const rig = new DetachedRig(UNLIMITED);
    await play(rig, some, () => {
      for (const { leftAt, hasReturned, ended } of rig.left) {
        const ms = rig.clock.now() - leftAt;
        if (ms < RETURN_MS || hasReturned) expect(ended).toBeUndefined();
        else if (ms > RETURN_MS + 200) expect(ended?.name).toBe('connection-lost');
      }
    });
    rig.clock.increment(RETURN_MS + 200);
    expect(rig.away).toEqual([]);
    expect(rig.wheel.armed).toBe(0);
    for (const one of rig.kept) rig.goOn(one);
    expect(rig.detached).toMatchObject({ size: 0, bytes: 0, users: 0, addresses: 0 });
  });

  test('take no place when they have one again, and are not given up for one', async () => {
    const rig = new DetachedRig({ ...UNLIMITED, limitConnections: 2, limitConnectionsPerUser: 1 });
    const first = rig.leave('ann', 5);
    rig.comeBack(first);
    const second = rig.leave('ann', 5);
    await turnOfTheLoop();
    expect(rig.kept).toEqual([first, second]);
    const third = rig.leave('ann', 5);
    await turnOfTheLoop();
    expect(rig.kept).toEqual([first, third]);
    const stranger = rig.leave(undefined, 5);
    await turnOfTheLoop();
    expect(rig.kept).toEqual([first, third, stranger]);
  });

  test('do not expire when they have one again, whenever others do', async () => {
    const rig = new DetachedRig(UNLIMITED);
    const first = rig.leave('ann', 5);
    rig.clock.increment(1_000);
    const second = rig.leave('ann', 5);
    rig.comeBack(first);
    rig.clock.increment(RETURN_MS - 500);
    expect(rig.kept).toEqual([first, second]);
    rig.clock.increment(1_000);
    expect(rig.kept).toEqual([first]);
  });

  test('are given up when they keep more than one may, at their loss or later; not when they have ended before', async () => {
    const rig = new DetachedRig(UNLIMITED);
    const [atOnce, later] = [rig.leave('ann', 5, '10.0.0.1', true), rig.leave('ann', 5)];
    const [modest, gone] = [rig.leave('ann', 5), rig.leave('ann', 5, '10.0.0.1', true)];
    rig.goOn(gone);
    await turnOfTheLoop();
    expect(rig.kept).toEqual([later, modest]);
    rig.grow(later, 5, true);
    rig.grow(modest, 5);
    await turnOfTheLoop();
    expect(rig.kept).toEqual([modest]);
    const text = 'Too much is kept for clients that may come back (statefulReconnectBufferBytes).';
    expect([atOnce, later, gone].map(({ ended }) => ended?.text)).toEqual([text, text, undefined]);
  });

  test('say why they were given up', async () => {
    const rig = new DetachedRig({ ...UNLIMITED, limitConnections: 2, limitBytesPerUser: 100 });
    const [one, two] = [rig.leave('ann', 60), rig.leave('ann', 60)];
    const three = rig.leave(undefined, 5);
    await turnOfTheLoop();
    expect(one.ended?.text).toBe(
      'Too much is kept for clients that may come back (detachedConnections.limitBytesPerUser).',
    );
    expect([two.ended, three.ended]).toEqual([undefined, undefined]);
    const four = rig.leave(undefined, 5);
    await turnOfTheLoop();
    expect(four.ended?.text).toContain('detachedConnections.limitConnections)');
    rig.clock.increment(RETURN_MS + 200);
    expect(three.ended?.text).toBe('The client has not come back within 15000 ms.');
  });

  test('of strangers push nobody out who has one, however many and however large they are', async () => {
    const rig = new DetachedRig({ ...UNLIMITED, limitConnections: 10, limitBytes: 1_000 });
    const early = rig.leave(undefined, 90, '10.0.0.2');
    for (let n = 0; n < 100; n++) rig.leave(undefined, 1);
    await turnOfTheLoop();
    const late = rig.leave(undefined, 90, '2001:db8:0:1::1');
    await turnOfTheLoop();
    expect(rig.kept).toHaveLength(10);
    for (const one of rig.kept) rig.grow(one, 110);
    await turnOfTheLoop();
    expect(rig.kept).toHaveLength(7);
    expect([early.ended, late.ended]).toEqual([undefined, undefined]);
  });
});
