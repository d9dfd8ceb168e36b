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

class Away implements Detached {
  readonly userId: string | undefined;
  bytes = 0;
  leftAt = 0;
  ended: CloseReason | undefined;

  constructor(userId: string | undefined) {
    this.userId = userId;
  }

  endWith(reason: CloseReason): void {
    this.ended ??= reason;
  }
}

class Rig {
  readonly clock = new SimulatedClock();
  readonly wheel = new TimerWheel(this.clock, new CollectedLog());
  readonly detached: DetachedConnections;
  readonly away: Away[] = [];

  constructor(limits: DetachedLimits) {
    this.detached = new DetachedConnections(this.wheel, limits);
  }

  leave(userId: string | undefined, bytes: number): Away {
    const one = new Away(userId);
    one.bytes = bytes;
    one.leftAt = this.clock.now();
    this.away.push(one);
    this.detached.add(one, bytes);
    return one;
  }

  grow(one: Away, bytes: number): void {
    one.bytes += bytes;
    this.detached.weigh(one, one.bytes);
  }

  get waiting(): readonly Away[] {
    return this.away.filter(({ ended }) => ended === undefined);
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
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ leave: fc.constantFrom('ann', 'bob', undefined), bytes: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.record({ grow: fc.nat(5), bytes: fc.nat(150) }) },
  { weight: 2, arbitrary: fc.record({ back: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ pass: fc.nat(9_000) }) },
);
const steps = fc.array(step, { maxLength: 40 });

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

async function play(rig: Rig, some: Steps, look: () => void): Promise<void> {
  for (const one of some) {
    const at = (index: number) => rig.waiting[index % Math.max(1, rig.waiting.length)];
    if ('leave' in one) rig.leave(one.leave, one.bytes);
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

  property('are given up in the order in which they left', [limits, steps], 300, async (bounds, some) => {
    const rig = new Rig({ ...UNLIMITED, limitConnections: bounds.limitConnections, limitBytes: bounds.limitBytes });
    await play(rig, some, () => {
      const first = rig.away.findIndex(({ ended }) => ended === undefined);
      if (first !== -1) expect(rig.away.slice(first).every(({ ended }) => ended === undefined)).toBe(true);
    });
  });

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
    expect(rig.detached).toMatchObject({ size: 0, bytes: 0, users: 0 });
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
    rig.leave(undefined, 5);
    await turnOfTheLoop();
    expect(two.ended?.text).toContain('detachedConnections.limitConnections)');
    rig.clock.increment(RETURN_MS + 200);
    expect(three.ended?.text).toBe('The client has not come back within 15000 ms.');
  });
});
