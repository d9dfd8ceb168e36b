import type fc from 'fast-check';
import { test } from 'vitest';
import { checkProperty, type Holds, type Plan } from './check-property.ts';

// A nightly run may search longer (SIGNALBOX_RUNS=20). A failure is repeated with the seed and path that it printed.
// SIGNALBOX_SHRINK=no skips the search for the smallest failing case. SIGNALBOX_REACHED=show prints how often the cases
// were reached that a property lists.
const { SIGNALBOX_RUNS = '1', SIGNALBOX_SEED, SIGNALBOX_PATH, SIGNALBOX_SHRINK, SIGNALBOX_REACHED } = process.env;
const FACTOR = Number(SIGNALBOX_RUNS);
const SETTINGS = {
  factor: FACTOR,
  seed: SIGNALBOX_SEED === undefined ? undefined : Number(SIGNALBOX_SEED),
  path: SIGNALBOX_PATH,
  shrinks: SIGNALBOX_SHRINK !== 'no',
};
// Properties mostly compute, which takes many times as long on a busy machine.
const TIMEOUT_MS = 60_000;

/**
 * A test of something that holds for all values. It uses fast-check itself, because importing its vitest integration
 * costs each test file a second or two.
 * @param plan Number of values that are tried, other values in each run; or a plan, which may also list what must be
 *   reached.
 * @param holds Gets the values, and behind them the function that tells what was reached.
 */
export function property<Ts extends [unknown, ...unknown[]], Name extends string = never>(
  name: string,
  arbitraries: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
  plan: number | Plan<Ts, Name>,
  holds: Holds<Ts, Name>,
): void {
  const whole: Plan<Ts, Name> = typeof plan === 'number' ? { runs: plan } : plan;
  const check = async () => {
    const counts = await checkProperty(arbitraries, whole, holds, SETTINGS);
    if (SIGNALBOX_REACHED !== 'show') return;
    for (const [what, count] of counts) console.log(`reached in ${count} cases, with ${whole.runs} runs: ${what}`);
  };
  test(name, check, TIMEOUT_MS * Math.max(1, FACTOR));
}
