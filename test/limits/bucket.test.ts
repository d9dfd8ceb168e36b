import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bucket } from '../../src/limits/bucket.ts';
import { Frequency } from '../../src/limits/frequency.ts';
import { UserBuckets } from '../../src/limits/user-buckets.ts';
import { property } from '../support/property.ts';

const rate = fc.record({
  perSecond: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.constantFrom(0.01, 0.3, 65_536)),
  burst: fc.integer({ min: 1, max: 100 }),
});
/** Attempts: the milliseconds since the one before, and their cost. The clock may jump, but never goes back. */
const attempts = fc.array(
  fc.record({
    after: fc.oneof(
      { weight: 3, arbitrary: fc.nat(5) },
      { weight: 3, arbitrary: fc.double({ min: 0, max: 300, noNaN: true }) },
      { weight: 1, arbitrary: fc.constantFrom(60_000, 86_400_000) },
    ),
    cost: fc.integer({ min: 1, max: 100 }),
  }),
  { maxLength: 200, size: 'max' },
);
/** Sums of fractions are not exact. */
const NEARLY = 1e-6;

describe('a bucket', () => {
  property(
    'admits in no window more than its burst and what the rate gives in that time',
    [rate, attempts],
    { runs: 300, sometimes: ['something is refused', 'something is admitted after a refusal'] },
    (limit, todo, reached) => {
      const bucket = new Bucket(limit);
      const admitted: { readonly at: number; readonly cost: number }[] = [];
      let now = 0;
      let hasRefused = false;
      for (const { after, cost } of todo) {
        now += after;
        const wait = bucket.wait(cost, now);
        if (wait > 0) {
          reached('something is refused', true);
          hasRefused = true;
          continue;
        }
        reached('something is admitted after a refusal', hasRefused);
        bucket.take(cost, now);
        admitted.push({ at: now, cost });
      }
      for (let from = 0; from < admitted.length; from++) {
        let sum = 0;
        for (const { at, cost } of admitted.slice(from)) {
          sum += cost;
          const window = at - (admitted[from] as { at: number }).at;
          expect(sum).toBeLessThanOrEqual(limit.burst + (window * limit.perSecond) / 1_000 + NEARLY * sum);
        }
      }
    },
  );

  property(
    'says after how long it admits, no sooner and no later',
    [rate, attempts],
    { runs: 300, sometimes: ['something has to wait'] },
    (limit, todo, reached) => {
      const bucket = new Bucket(limit);
      let now = 0;
      for (const { after, cost } of todo) {
        now += after;
        if (cost > limit.burst) continue;
        const wait = bucket.wait(cost, now);
        if (wait > 0) {
          reached('something has to wait', true);
          expect(bucket.wait(cost, now + wait * 0.99)).toBeGreaterThan(0);
          now += wait + NEARLY;
          expect(bucket.wait(cost, now)).toBe(0);
        }
        bucket.take(cost, now);
      }
    },
  );

  test('is full at first, and when nobody has taken anything for long enough', () => {
    const bucket = new Bucket({ perSecond: 2, burst: 4 });
    expect(bucket.isFull(0)).toBe(true);
    bucket.take(4, 0);
    expect([bucket.isFull(1_999), bucket.isFull(2_000)]).toEqual([false, true]);
    // It is not fuller than full.
    bucket.take(4, 60_000);
    expect(bucket.wait(1, 60_000)).toBe(500);
  });
});

describe('the buckets of users', () => {
  const rates = {
    calls: { perSecond: 1, burst: 2 },
    bytes: undefined,
    broadcast: undefined,
    whisper: undefined,
    patience: 100,
    perUserFactor: 1,
  };

  test('have a multiple of the rate of a connection', () => {
    const calls = new UserBuckets({ ...rates, perUserFactor: 5 }).of('ann', 0).calls;
    calls?.take(10, 0);
    expect(calls?.wait(1, 0)).toBe(200);
  });

  test('are kept for a minute after they are full, and forgotten as others come', () => {
    const users = new UserBuckets(rates);
    for (let user = 0; user < 1_000; user++) users.of(`${user}`, 0).calls?.take(2, 0);
    expect(users.size).toBe(1_000);
    const seven = users.of('7', 0);
    expect(seven.calls?.wait(1, 0)).toBe(1_000);
    // Two seconds later all are full. A minute later each newcomer lets go of two.
    for (let user = 0; user < 400; user++) users.of(`new ${user}`, 61_999);
    expect(users.size).toBe(1_400);
    expect(users.of('7', 61_999)).toBe(seven);
    for (let user = 400; user < 1_100; user++) users.of(`new ${user}`, 62_000);
    expect(users.size).toBeLessThan(1_000);
    for (let user = 1_100; user < 3_000; user++) users.of(`new ${user}`, 70_000);
    expect(users.size).toBeLessThan(1_000);
  });
});

test('a frequency tells when too many events come within a time, and one of none at once', () => {
  const two = new Frequency(2, 1_000);
  expect([0, 999, 999, 1_000, 1_500, 2_000].map((now) => two.take(now))).toEqual([
    true,
    true,
    false,
    true,
    false,
    true,
  ]);
  expect(new Frequency(0, 1_000).take(0)).toBe(false);
});
