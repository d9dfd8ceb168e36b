import fc from 'fast-check';
import { test } from 'vitest';

// A nightly run may search longer (SIGNALBOX_RUNS=20), and a failure is repeated with the seed and path that it printed. Whoever
// only wants to know whether it fails has no use for the smallest case (SIGNALBOX_SHRINK=no).
const { SIGNALBOX_RUNS = '1', SIGNALBOX_SEED, SIGNALBOX_PATH, SIGNALBOX_SHRINK } = process.env;
const FACTOR = Number(SIGNALBOX_RUNS);
// They compute, they do not wait: on a machine that is busy that takes many times as long.
const TIMEOUT_MS = 60_000;

/**
 * A test of something that holds for all values. (fast-check itself rather than its vitest integration, whose import costs
 * each test file a second or two.)
 *
 * @param runs How many values are tried, each time others.
 */
export function property<Ts extends [unknown, ...unknown[]]>(
  name: string,
  arbitraries: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
  runs: number,
  holds: (...values: Ts) => void | Promise<void>,
): void {
  const claim = fc.asyncProperty<Ts>(...arbitraries, async (...values) => {
    await holds(...values);
  });
  const settings: fc.Parameters<Ts> = {
    numRuns: Math.ceil(runs * FACTOR),
    endOnFailure: SIGNALBOX_SHRINK === 'no',
    ...(SIGNALBOX_SEED === undefined ? {} : { seed: Number(SIGNALBOX_SEED) }),
    ...(SIGNALBOX_PATH === undefined ? {} : { path: SIGNALBOX_PATH }),
  };
  test(name, () => fc.assert(claim, settings), TIMEOUT_MS * Math.max(1, FACTOR));
}
