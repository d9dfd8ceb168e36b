import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { medianInterval, medianOf } from '../../bench/compare/median.ts';

const values = fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 9, maxLength: 60 });
/** 1 to `count`, whose interval shows which of them are its ends. */
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

/** Probability that the median is outside the k-th least and k-th greatest of `count` values, exactly. */
function missed(count: number, k: number): number {
  let [term, below] = [1n, 0n];
  for (let at = 0; at < k; at++) {
    below += term;
    term = (term * BigInt(count - at)) / BigInt(at + 1);
  }
  // Twelve digits: the numbers themselves do not fit.
  return Number((2n * below * 10n ** 12n) / 2n ** BigInt(count)) / 1e12;
}

test('the median is the middle one, or the mean of the two in the middle', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([4, 1, 3, 2])).toBe(2.5);
});

describe('the 90 % interval of the median', () => {
  test.each([
    [9, [2, 8]],
    [10, [2, 9]],
    [11, [3, 9]],
    [20, [6, 15]],
    [30, [11, 20]],
    [100, [42, 59]],
  ])('of %d values has the ends of the published tables', (count, ends) => {
    expect(medianInterval(numbers(count))).toEqual(ends);
  });

  test.prop([fc.integer({ min: 9, max: 3_000 })])('has it in nine cases of ten, and is the shortest one', (count) => {
    const [k, upper] = medianInterval(numbers(count));
    expect(upper).toBe(count + 1 - k);
    expect(missed(count, k)).toBeLessThanOrEqual(0.1);
    expect(missed(count, k + 1)).toBeGreaterThan(0.1);
  });

  test.prop([values])('has the median of the values, and values as its ends', (some) => {
    const [low, high] = medianInterval(some);
    expect(low).toBeLessThanOrEqual(medianOf(some));
    expect(high).toBeGreaterThanOrEqual(medianOf(some));
    expect(some).toEqual(expect.arrayContaining([low, high]));
  });

  test.prop([values, fc.nat()])('does not depend on the order of the values', (some, turn) => {
    const at = turn % some.length;
    expect(medianInterval([...some.slice(at), ...some.slice(0, at)].toReversed())).toEqual(medianInterval(some));
  });

  test.prop([values])(
    'becomes wider by no value that was not measured: one outlier on each side has no effect',
    (some) => {
      const sorted = some.toSorted((a, b) => a - b);
      expect(medianInterval([-1e9, ...sorted.slice(1, -1), 1e9])).toEqual(medianInterval(some));
    },
  );

  test('takes nine values', () => {
    expect(() => medianInterval(numbers(8))).toThrow(new RangeError('an interval takes 9 values at least, not 8'));
  });
});
