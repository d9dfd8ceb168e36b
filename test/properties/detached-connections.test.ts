import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RETURN_MS } from '../../src/actors/detached-connections.ts';
import type { DetachedLimits } from '../../src/actors/detached-limits.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { ACCOUNTS, type Away, DetachedRig, FREE, type Present, sum, USERS } from './detached-rig.ts';

const UNLIMITED: DetachedLimits = {
  limitConnections: 1_000,
  limitBytes: 1_000_000,
  limitConnectionsPerUser: 1_000,
  limitBytesPerUser: 1_000_000,
};

const limits = fc.record({
  limitConnections: fc.nat(6),
  limitBytes: fc.nat(400),
  limitConnectionsPerUser: fc.nat(3),
  limitBytesPerUser: fc.nat(200),
});
const who = fc.constantFrom(...USERS);
const from = fc.constantFrom(...Object.keys(ACCOUNTS));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ leave: who, from, bytes: fc.oneof(fc.constant(0), fc.nat(100)) }) },
  { weight: 2, arbitrary: fc.record({ grow: fc.nat(5), bytes: fc.nat(150) }) },
  { weight: 2, arbitrary: fc.record({ keep: fc.nat(2), bytes: fc.integer({ min: FREE - 50, max: FREE + 400 }) }) },
  { weight: 2, arbitrary: fc.record({ comeBack: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ goOn: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ leaveAgain: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ pass: fc.nat(9_000) }) },
);
const steps = fc.array(step, { maxLength: 40 });

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

async function play(rig: DetachedRig, some: Steps, look: () => void): Promise<void> {
  for (const one of some) {
    if ('leave' in one) rig.leave(one.leave, one.bytes, one.from);
    else if ('keep' in one) rig.present[one.keep]?.keep(one.bytes);
    else if ('pass' in one) rig.clock.increment(one.pass);
    else if ('grow' in one) at(rig.kept, one.grow, (away) => rig.grow(away, one.bytes));
    else if ('comeBack' in one) at(rig.away, one.comeBack, (away) => rig.comeBack(away));
    else if ('goOn' in one) at(rig.kept, one.goOn, (away) => rig.goOn(away));
    else at(rig.kept, one.leaveAgain, (away) => rig.leaveAgain(away));
    await turnOfTheLoop();
    look();
  }
}

/** Does it to one of them, if there is any. */
function at(some: readonly Away[], index: number, act: (one: Away) => void): void {
  const one = some[index % Math.max(1, some.length)];
  if (one !== undefined) act(one);
}

/** What there was when one was given up. */
interface Bill {
  readonly one: Away;
  /** What its account held, and what the account held that had most. */
  readonly held: number;
  readonly most: number;
  /** Of its account, who was the last to leave, or to begin to keep anything. */
  readonly last: Away | undefined;
}

function billOf(one: Away, { kept, away }: DetachedRig, isByBytes: boolean): Bill {
  const some = isByBytes ? kept : away;
  const held = new Map<string, number>();
  for (const { account, bytes } of some) held.set(account, (held.get(account) ?? 0) + (isByBytes ? bytes : 1));
  const own = some.filter(({ account, bytes }) => account === one.account && (bytes > 0 || !isByBytes));
  const last = isByBytes ? own.toSorted((a, b) => a.keptSince - b.keptSince).at(-1) : own.at(-1);
  return { one, held: held.get(one.account) ?? 0, most: Math.max(...held.values()), last };
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
    const given: { readonly one: Away; readonly first: Away | undefined }[] = [];
    const rig = new DetachedRig(
      { ...UNLIMITED, limitConnectionsPerUser, limitBytesPerUser },
      {
        ends: (one, { text }) => {
          if (!text.includes('PerUser')) return;
          // Who has a transport again takes no place.
          const concerned = text.includes('limitBytes') ? rig.kept : rig.away;
          given.push({ one, first: concerned.find(({ userId }) => userId === one.userId) });
        },
      },
    );
    await play(rig, some, () => {
      for (const { one, first } of given.splice(0)) expect(one).toBe(first);
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
            if (text.includes('detachedConnections')) bills.push(billOf(one, rig, text.includes('limitBytes')));
          },
        },
      );
      await play(rig, some, () => {
        for (const bill of bills.splice(0)) expect(bill).toMatchObject({ held: bill.most, last: bill.one });
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
      /** Bytes that those with a transport kept when one without was given up. */
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
