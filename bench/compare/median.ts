/** Lower and upper end of an interval. */
export type Interval = readonly [low: number, high: number];

/** Probability with which the interval has the true median, at least. */
const CONFIDENCE = 0.9;

/** Minimum number of values. With fewer than five, no interval of the values reaches 90 %. */
export const LEAST_VALUES = 9;

/** @param values One at least, in any order. @returns the middle one, or the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] as number) + (sorted[Math.ceil(half)] as number)) / 2;
}

/**
 * The 90 % confidence interval of the median, from the sign test: it assumes nothing about the distribution of the
 * values, only that they are independent. Of n values, the number below the true median is binomial (n, 1/2).
 * Therefore the true median is between the k-th least and the k-th greatest value, except with the probability
 * 2 P(fewer than k below). The greatest k is taken for which this is not above 10 %. With few values the real
 * probability is higher than 90 %: 96 % with nine.
 *
 * Source: W. J. Conover, Practical Nonparametric Statistics, 3rd edition, 1999, section 3.2.
 *
 * @throws RangeError with fewer than nine values.
 */
export function medianInterval(values: readonly number[]): Interval {
  const count = values.length;
  if (count < LEAST_VALUES) throw new RangeError(`an interval takes ${LEAST_VALUES} values at least, not ${count}`);
  const sorted = values.toSorted((a, b) => a - b);
  const rank = rankOf(count);
  return [sorted[rank - 1] as number, sorted[count - rank] as number];
}

/** The greatest k for which P(fewer than k of `count` below the median) is at most half of what may be missed. */
function rankOf(count: number): number {
  const allowed = (1 - CONFIDENCE) / 2;
  let rank = 0;
  // In logarithms: 2 ** -count is 0 for more than a thousand values.
  let logTerm = -count * Math.LN2;
  let below = Math.exp(logTerm);
  while (below <= allowed) {
    rank += 1;
    logTerm += Math.log((count - rank + 1) / rank);
    below += Math.exp(logTerm);
  }
  return rank;
}
