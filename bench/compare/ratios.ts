import type { Both } from './sides.ts';

/** What came out of two measurements that were made one right after the other. */
export type Pair = Both<number>;

/** What many pairs say. */
export interface Ratios {
  /** Medians of what was measured. */
  readonly medians: Both<number>;
  /** The median of the pairs' ratios, here divided by there: what disturbs both of a pair is not in it. */
  readonly ratio: number;
  /** Between these two is the middle half of the rounds' medians: how far the ratio can be relied on. */
  readonly middleHalf: readonly [number, number];
  /** How many medians that were. */
  readonly rounds: number;
}

/**
 * @param pairs In the order in which they were measured.
 * @param perRound So many neighbours make a round.
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

/** Between two values where none is exactly there. */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return low + (high - low) * (at % 1);
}
