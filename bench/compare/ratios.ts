import { type Interval, LEAST_VALUES, medianInterval, medianOf } from './median.ts';
import type { Both } from './sides.ts';

/** Results of two successive measurements. */
export type Pair = Both<number>;

/** The limit for the costs of this checkout, divided by those of the other state. */
export const LIMIT = 1.03;

/** Result of many pairs. */
export interface Ratios {
  /** Medians of the measured values. */
  readonly medians: Both<number>;
  /**
   * The median of the rounds' ratios, here divided by there. The ratio of a round is the median of its pairs' ratios.
   * A disturbance of both parts of a pair has no effect on it.
   */
  readonly ratio: number;
  /** The 90 % interval of the ratio. */
  readonly interval: Interval;
  readonly rounds: number;
}

/**
 * @param pairs In the order in which they were measured.
 * @param perRound Number of successive pairs in a round.
 * @throws RangeError with fewer than nine rounds.
 */
export function ratiosOf(pairs: readonly Pair[], perRound: number): Ratios {
  const ratios = pairs.map(({ here, there }) => here / there);
  const rounds = Array.from({ length: Math.floor(ratios.length / perRound) }, (_, at) =>
    medianOf(ratios.slice(at * perRound, (at + 1) * perRound)),
  );
  return {
    medians: { here: medianOf(pairs.map(({ here }) => here)), there: medianOf(pairs.map(({ there }) => there)) },
    ratio: medianOf(rounds),
    interval: medianInterval(rounds),
    rounds: rounds.length,
  };
}

/** Whether this checkout is certainly worse than the limit allows: the interval's lower end is above it. */
export function isWorse({ interval: [low] }: Pick<Ratios, 'interval'>): boolean {
  return low > LIMIT;
}

/** Whether these are enough pairs: nine rounds, whole ones, and the requested time is over. */
export function isEnough(pairs: number, perRound: number, isTimeOver: boolean): boolean {
  return isTimeOver && pairs % perRound === 0 && pairs / perRound >= LEAST_VALUES;
}
