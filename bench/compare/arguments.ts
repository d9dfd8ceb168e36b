import { readGiven, UsageError, wholeNumber } from '../../scripts/program.ts';
import { BENCH } from '../program.ts';
import { FLOWS } from './flows.ts';

/** Runs only when it is named, because each pair starts two processes and takes long. */
export const COLD = 'connect-cold';
const USUAL = Object.keys(FLOWS);
const KNOWN = [...USUAL, COLD];
const DEFAULT_SECONDS = 60;
/** Options that only measurements take. */
const OF_MEASUREMENTS = ['quick', 'profile', 'runs', 'peers'] as const;

/** Arguments of `npm run bench -- --against REF`. */
export interface Comparison {
  /** A branch, a tag or a commit of this repository. */
  readonly ref: string;
  readonly scenarios: readonly string[];
  /** Minimum measuring time of each scenario. */
  readonly seconds: number;
}

/** Whether these arguments of `npm run bench --` ask for a comparison of two states. */
export function isComparison(argv: readonly string[]): boolean {
  return argv.some((argument) => argument === '--against' || argument.startsWith('--against='));
}

/**
 * @param argv The arguments after `npm run bench --`.
 * @throws UsageError when they are invalid.
 */
export function readComparison(argv: readonly string[]): Comparison {
  const { values, words: names } = readGiven(BENCH, argv);
  const stray = OF_MEASUREMENTS.find((name) => values[name] !== undefined && values[name] !== false);
  if (stray !== undefined)
    throw new UsageError(`--${stray} means nothing to --against REF, which takes --seconds only.`);
  const ref = values.against ?? '';
  if (ref === '') throw new UsageError('--against takes a branch, a tag or a commit: --against REF [SCENARIO ...].');
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`there is no scenario '${unknown}' to compare; there are ${KNOWN.join(', ')}.`);
  }
  const scenarios = names.length === 0 ? USUAL : KNOWN.filter((name) => names.includes(name));
  return {
    ref,
    scenarios,
    seconds: values.seconds === undefined ? DEFAULT_SECONDS : wholeNumber('--seconds', values.seconds),
  };
}
