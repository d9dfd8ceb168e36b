import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Detached, DetachedConnections, RETURN_MS } from '../../src/actors/detached-connections.ts';
import type { DetachedLimits } from '../../src/actors/detached-limits.ts';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

/** Addresses, and on whose account each is. */
const ACCOUNTS: Readonly<Record<string, string>> = {
  '10.0.0.1': 'one',
  '::ffff:10.0.0.1': 'one',
  '10.0.0.2': 'two',
  '2001:db8:0:1::1': 'network',
  '2001:db8:0:1:9::2': 'network',
};

class Away implements Detached {
  readonly userId: string | undefined;
  readonly request: { readonly remoteAddress: string };
  readonly #ends: (one: Away, reason: CloseReason) => void;
  bytes = 0;
  /** When it began to keep something: a number that grows. */
  keptSince = 0;
  leftAt = 0;
  ended: CloseReason | undefined;

  constructor(userId: string | undefined, remoteAddress: string, ends: (one: Away, reason: CloseReason) => void) {
    this.userId = userId;
    this.request = { remoteAddress };
    this.#ends = ends;
  }

  get account(): string {
    return ACCOUNTS[this.request.remoteAddress] as string;
  }

  endWith(reason: CloseReason): void {
    this.#ends(this, reason);
    this.ended ??= reason;
  }
}

class Rig {
  readonly clock = new SimulatedClock();
  readonly wheel = new TimerWheel(this.clock, new CollectedLog());
  readonly detached: DetachedConnections;
  readonly away: Away[] = [];
  readonly #ends: (one: Away, reason: CloseReason) => void;
  #began = 0;

  /** @param ends Hears of each that is given up, while it still is among those who wait. */
  constructor(limits: DetachedLimits, ends: (one: Away, reason: CloseReason) => void = () => {}) {
    this.detached = new DetachedConnections(this.wheel, limits);
    this.#ends = ends;
  }

  leave(userId: string | undefined, bytes: number, remoteAddress = '10.0.0.1'): Away {
    const one = new Away(userId, remoteAddress, this.#ends);
    one.leftAt = this.clock.now();
    this.away.push(one);
    this.#weigh(one, bytes);
    this.detached.add(one, bytes);
    return one;
  }

  grow(one: Away, bytes: number): void {
    this.#weigh(one, one.bytes + bytes);
    this.detached.weigh(one, one.bytes);
  }

  get waiting(): readonly Away[] {
    return this.away.filter(({ ended }) => ended === undefined);
  }

  #weigh(one: Away, bytes: number): void {
    if (one.bytes === 0 && bytes > 0) one.keptSince = ++this.#began;
    one.bytes = bytes;
  }
}

const UNLIMITED: DetachedLimits = {
  limitConnections: 1_000,
  limitBytes: 1_000_000,
  limitConnectionsPerUser: 1_000,
  limitBytesPerUser: 1_000_000,
};
const sum = (some: readonly Away[]) => some.reduce((bytes, one) => bytes + one.bytes, 0);

const limits = fc.record({
  limitConnections: fc.nat(6),
  limitBytes: fc.nat(400),
  limitConnectionsPerUser: fc.nat(3),
  limitBytesPerUser: fc.nat(200),
});
const who = fc.constantFrom('ann', 'bob', undefined);
const from = fc.constantFrom(...Object.keys(ACCOUNTS));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ leave: who, from, bytes: fc.oneof(fc.constant(0), fc.nat(100)) }) },
  { weight: 2, arbitrary: fc.record({ grow: fc.nat(5), bytes: fc.nat(150) }) },
  { weight: 2, arbitrary: fc.record({ back: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ pass: fc.nat(9_000) }) },
);
const steps = fc.array(step, { maxLength: 40 });

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

async function play(rig: Rig, some: Steps, look: () => void): Promise<void> {
  for (const one of some) {
    const at = (index: number) => rig.waiting[index % Math.max(1, rig.waiting.length)];
    if ('leave' in one) rig.leave(one.leave, one.bytes, one.from);
    else if ('grow' in one) {
      const grower = at(one.grow);
      if (grower !== undefined) rig.grow(grower, one.bytes);
    } else if ('back' in one) {
      const returner = at(one.back);
      if (returner !== undefined) {
        rig.detached.remove(returner);
        rig.away.splice(rig.away.indexOf(returner), 1);
      }
    } else rig.clock.increment(one.pass);
    await turnOfTheLoop();
    look();
  }
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

function billOf(one: Away, waiting: readonly Away[], isByBytes: boolean): Bill {
  const held = new Map<string, number>();
  for (const { account, bytes } of waiting) held.set(account, (held.get(account) ?? 0) + (isByBytes ? bytes : 1));
  const own = waiting.filter(({ account, bytes }) => account === one.account && (bytes > 0 || !isByBytes));
  const last = isByBytes ? own.toSorted((a, b) => a.keptSince - b.keptSince).at(-1) : own.at(-1);
  return { one, held: held.get(one.account) ?? 0, most: Math.max(...held.values()), last };
}

describe('connections without a transport', () => {
  property('never exceed a bound, of all of them or of one user', [limits, steps], 300, async (bounds, some) => {
    const rig = new Rig(bounds);
    await play(rig, some, () => {
      const { waiting } = rig;
      expect(rig.detached).toMatchObject({ size: waiting.length, bytes: sum(waiting) });
      expect(waiting.length).toBeLessThanOrEqual(bounds.limitConnections);
      expect(sum(waiting)).toBeLessThanOrEqual(bounds.limitBytes);
      for (const user of ['ann', 'bob']) {
        const own = waiting.filter(({ userId }) => userId === user);
        expect(own.length).toBeLessThanOrEqual(bounds.limitConnectionsPerUser);
        expect(sum(own)).toBeLessThanOrEqual(bounds.limitBytesPerUser);
      }
    });
  });

  property('of one user are given up in the order in which they left', [limits, steps], 300, async (bounds, some) => {
    const { limitConnectionsPerUser, limitBytesPerUser } = bounds;
    const given: { readonly one: Away; readonly first: Away | undefined }[] = [];
    const rig = new Rig({ ...UNLIMITED, limitConnectionsPerUser, limitBytesPerUser }, (one, { text }) => {
      if (!text.includes('PerUser')) return;
      given.push({ one, first: rig.waiting.find(({ userId }) => userId === one.userId) });
    });
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
      const rig = new Rig({ ...UNLIMITED, limitConnections, limitBytes }, (one, { text }) => {
        if (text.includes('detachedConnections')) bills.push(billOf(one, rig.waiting, text.includes('limitBytes')));
      });
      await play(rig, some, () => {
        for (const bill of bills.splice(0)) expect(bill).toMatchObject({ held: bill.most, last: bill.one });
        expect(rig.detached.addresses).toBe(new Set(rig.waiting.map(({ account }) => account)).size);
      });
    },
  );

  property('wait for 15 seconds, and no longer', [steps], 200, async (some) => {
    const rig = new Rig(UNLIMITED);
    await play(rig, some, () => {
      for (const { leftAt, ended } of rig.away) {
        const ms = rig.clock.now() - leftAt;
        if (ms < RETURN_MS) expect(ended).toBeUndefined();
        if (ms > RETURN_MS + 200) expect(ended?.name).toBe('connection-lost');
      }
    });
    rig.clock.increment(RETURN_MS + 200);
    expect(rig.waiting).toEqual([]);
    expect(rig.detached).toMatchObject({ size: 0, bytes: 0, users: 0, addresses: 0 });
    expect(rig.wheel.armed).toBe(0);
  });

  test('say why they were given up', async () => {
    const rig = new Rig({ ...UNLIMITED, limitConnections: 2, limitBytesPerUser: 100 });
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
    const rig = new Rig({ ...UNLIMITED, limitConnections: 10, limitBytes: 1_000 });
    const early = rig.leave(undefined, 90, '10.0.0.2');
    for (let n = 0; n < 100; n++) rig.leave(undefined, 1);
    await turnOfTheLoop();
    const late = rig.leave(undefined, 90, '2001:db8:0:1::1');
    await turnOfTheLoop();
    expect(rig.waiting).toHaveLength(10);
    for (const one of rig.waiting) rig.grow(one, 110);
    await turnOfTheLoop();
    expect(rig.waiting).toHaveLength(7);
    expect([early.ended, late.ended]).toEqual([undefined, undefined]);
  });
});
