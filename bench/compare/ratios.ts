import type { Both } from './sides.ts';

/** Results of two successive measurements. */
export type Pair = Both<number>;

/** Result of many pairs. */
export interface Ratios {
  /** Medians of the measured values. */
  readonly medians: Both<number>;
  /**
   * The median of the pairs' ratios, here divided by there. A disturbance of both parts of a pair has no effect on it.
   */
  readonly ratio: number;
  /** Bounds of the middle half of the rounds' medians: the accuracy of the ratio. */
  readonly middleHalf: readonly [number, number];
  /** Number of these medians. */
  readonly rounds: number;
}

/**
 * @param pairs In the order in which they were measured.
 * @param perRound Number of successive pairs in a round.
 */
export function ratiosOf(pairs: readonly Pair[], perRound: number): Ratios {
  const ratios = pairs.map(({ here, there }) => here / there);
  const rounds = Array.from({ length: Math.ceil(ratios.length / perRound) }, (_, at) =>
    quantile(ratios.slice(at * perRound, (at + 1) * perRound), 0.5),
  );
  const of = (side: keyof Pair): number =>
    quantile(
      pairs.map((pair) => pair[side]),
      0.5,
    );
  return {
    medians: { here: of('here'), there: of('there') },
    ratio: quantile(ratios, 0.5),
    middleHalf: [quantile(rounds, 0.25), quantile(rounds, 0.75)],
    rounds: rounds.length,
  };
}

/** The value at this part of the sorted values, interpolated between two of them. */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return low + (high - low) * (at % 1);
}
