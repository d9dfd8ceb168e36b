import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResolvedRate } from '../../src/hub/rate-options.ts';
import { Bucket } from '../../src/limits/bucket.ts';
import { LeasedBucket } from '../../src/limits/leased-bucket.ts';
import type { SharedTokens, TokensTaken } from '../../src/limits/limits.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';
import { property } from '../support/property.ts';

const RATE: ResolvedRate = { perSecond: 10, burst: 40 };
const LEASE = 10;

/** A bucket that all nodes share, and that may be out of reach. */
class Shared implements SharedTokens {
  now = 0;
  isAway = false;
  readonly asked: number[] = [];
  readonly #bucket: Bucket;
  readonly #rate: ResolvedRate;

  constructor(rate: ResolvedRate) {
    this.#rate = rate;
    this.#bucket = new Bucket(rate);
  }

  async take(_name: string, _rate: ResolvedRate, count: number): Promise<TokensTaken | undefined> {
    this.asked.push(count);
    await undefined;
    if (this.isAway) return undefined;
    let taken = 0;
    while (taken < count && this.#bucket.wait(1, this.now) === 0) {
      this.#bucket.take(1, this.now);
      taken += 1;
    }
    return { taken, waitMs: taken < count ? Math.ceil(1_000 / this.#rate.perSecond) : 0 };
  }
}

/** Mostly shorter than the time of a token, so that the bucket is used up. */
const pause = fc.oneof(
  { arbitrary: fc.constant(0), weight: 40 },
  { arbitrary: fc.constantFrom(1, 20, 150), weight: 9 },
  { arbitrary: fc.constant(2_000), weight: 1 },
);

function nodes(count: number, rate = RATE) {
  const shared = new Shared(rate);
  const buckets = Array.from({ length: count }, () => new LeasedBucket(rate, 'ann', shared, () => shared.now));
  const use = (node: number, cost = 1): boolean => {
    const bucket = buckets[node % count] as LeasedBucket;
    if (bucket.wait(cost, shared.now) > 0) return false;
    bucket.take(cost, shared.now);
    return true;
  };
  return { shared, buckets, use };
}

describe('the bucket of a user on several nodes', () => {
  property(
    'admits on all nodes together no more than the rate, and a lease for each node on top',
    [
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ node: fc.nat(3), after: pause, settles: fc.constantFrom(false, false, false, true) }), {
        maxLength: 400,
        size: 'max',
      }),
    ],
    { runs: 200, sometimes: ['something is refused'] },
    async (count, todo, reached) => {
      const { shared, use } = nodes(count);
      let admitted = 0;
      for (const { node, after, settles } of todo) {
        shared.now += after;
        if (settles) await turnOfTheLoop();
        if (use(node)) admitted += 1;
        else reached('something is refused', true);
        const rated = RATE.burst + (shared.now * RATE.perSecond) / 1_000;
        expect(admitted).toBeLessThanOrEqual(Math.ceil(rated) + count * LEASE);
      }
    },
  );

  test('leases in tens, before a token is needed, and waits for none', async () => {
    const { shared, use } = nodes(1);
    for (let n = 0; n < 40; n++) {
      expect(use(0)).toBe(true);
      await turnOfTheLoop();
    }
    expect(shared.asked.length).toBeLessThanOrEqual(10);
    expect(shared.asked.every((count) => count >= LEASE)).toBe(true);
    expect(use(0)).toBe(false);
  });

  test('lets a user who has used up the rate on one node send next to nothing on another', async () => {
    const { shared, buckets, use } = nodes(2);
    for (let n = 0; n < 40; n++) {
      use(0);
      await turnOfTheLoop();
    }
    let elsewhere = 0;
    for (let n = 0; n < 40; n++) {
      if (use(1)) elsewhere += 1;
      await turnOfTheLoop();
    }
    expect(elsewhere).toBeLessThanOrEqual(LEASE);
    const wait = buckets[1]?.wait(1, shared.now) ?? 0;
    expect(wait).toBeGreaterThan(0);
    // The rate goes on.
    shared.now += 4_000;
    expect(use(1)).toBe(true);
  });

  test('lets nobody wait for a slow rate while a lease is on its way', async () => {
    const { buckets, shared, use } = nodes(1, { perSecond: 0.01, burst: 40 });
    for (let n = 0; n < LEASE; n++) expect(use(0)).toBe(true);
    expect(use(0)).toBe(false);
    expect(buckets[0]?.wait(1, shared.now)).toBe(100);
    await turnOfTheLoop();
    expect(use(0)).toBe(true);
  });

  test('has the rate of its node as long as the others cannot be reached, and theirs afterwards', async () => {
    const { shared, use } = nodes(1);
    shared.isAway = true;
    for (let n = 0; n < 40; n++) {
      expect(use(0)).toBe(true);
      await turnOfTheLoop();
    }
    expect(use(0)).toBe(false);
    expect(shared.asked).toHaveLength(1);
    shared.isAway = false;
    shared.now += 1_000;
    expect(use(0)).toBe(true);
    await turnOfTheLoop();
    expect(shared.asked).toHaveLength(2);
  });

  test('takes what is longer than a lease, as a record may be', async () => {
    const { use } = nodes(1, { perSecond: 1_000, burst: 1_000 });
    expect(use(0, 900)).toBe(true);
    await turnOfTheLoop();
    expect(use(0, 100)).toBe(true);
    await turnOfTheLoop();
    expect(use(0, 100)).toBe(false);
  });
});
