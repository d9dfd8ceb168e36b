import fc from 'fast-check';
import { test } from 'vitest';

// A nightly run may search longer (SIGNALBOX_RUNS=20). A failure is repeated with the seed and path that it printed.
// SIGNALBOX_SHRINK=no skips the search for the smallest failing case.
const { SIGNALBOX_RUNS = '1', SIGNALBOX_SEED, SIGNALBOX_PATH, SIGNALBOX_SHRINK } = process.env;
const FACTOR = Number(SIGNALBOX_RUNS);
// Properties mostly compute, which takes many times as long on a busy machine.
const TIMEOUT_MS = 60_000;

/**
 * A test of something that holds for all values. It uses fast-check itself, because importing its vitest integration
 * costs each test file a second or two.
 * @param runs Number of values that are tried, other values in each run.
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
