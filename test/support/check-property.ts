import fc from 'fast-check';

/** Tells that a case was reached in which the assertions of a property say something. */
export type Reached<Name extends string> = (name: Name, isSo?: boolean) => void;

/** Runs of a property. */
export interface Plan<Ts extends unknown[], Name extends string> {
  /** Number of cases that are tried, other cases in each run of the tests. */
  readonly runs: number;
  /**
   * Names of what must be reached in at least one of the cases. The chance that no case reaches one of them has to be
   * below 1e-9: with the probability `p` in one case that is `(1 - p) ** runs`.
   */
  readonly sometimes?: readonly Name[];
  /** Cases that are always tried, before the others. What they reach is certain. */
  readonly examples?: readonly NoInfer<Ts>[];
}

export interface CheckSettings {
  /** Multiple of the number of runs. Below 1 nothing has to be reached. */
  readonly factor: number;
  readonly seed: number | undefined;
  /** The path of one failing case that is repeated. Then nothing has to be reached. */
  readonly path: string | undefined;
  /** Whether a smaller case is looked for after a failure. */
  readonly shrinks: boolean;
}

export type Holds<Ts extends unknown[], Name extends string> = (
  ...given: [...values: Ts, reached: Reached<Name>]
) => void | Promise<void>;

/**
 * Checks that something holds for all values, and that the cases were reached in which that means anything.
 * @returns the number of cases in which each name was reached.
 * @throws the error of fast-check when a case fails; an error with the names when some were never reached.
 */
export async function checkProperty<Ts extends [unknown, ...unknown[]], Name extends string>(
  arbitraries: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
  { runs, sometimes = [], examples = [] }: Plan<Ts, Name>,
  holds: Holds<Ts, Name>,
  { factor, seed = randomSeed(), path, shrinks }: CheckSettings,
): Promise<ReadonlyMap<Name, number>> {
  const counts = new Map<Name, number>(sometimes.map((name) => [name, 0]));
  let cases = 0;
  const claim = fc.asyncProperty<Ts>(...arbitraries, async (...values) => {
    const reached = new Set<Name>();
    await holds(...values, (name, isSo = true) => {
      if (!counts.has(name)) throw new Error(`The property has to list in "sometimes": ${name}`);
      if (isSo) reached.add(name);
    });
    // A case that fails, or that fc.pre refuses, does not come here.
    cases += 1;
    for (const name of reached) counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  await fc.assert(claim, {
    numRuns: Math.ceil(runs * factor),
    endOnFailure: !shrinks,
    seed,
    examples: examples as Ts[],
    ...(path === undefined ? {} : { path }),
  });
  const never = [...counts].filter(([, count]) => count === 0).map(([name]) => name);
  if (never.length > 0 && path === undefined && factor >= 1) {
    throw new Error(`Never reached in ${cases} cases (seed ${seed}): ${never.join('; ')}`);
  }
  return counts;
}

/** fast-check would choose one itself, but tells it only when a case fails. */
function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32) | 0;
}
