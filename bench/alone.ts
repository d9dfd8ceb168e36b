import { readGiven, UsageError, wholeNumber } from '../scripts/program.ts';
import { BENCH } from './program.ts';

/** Measurements that are asked for alone: each compares servers that run at the same time, in turn. */
const ALONE = ['credentials', 'rates', 'nodes', 'outage', 'history'] as const;
export type Alone = (typeof ALONE)[number];

const DEFAULT_SECONDS = 60;

/** The measurement that these arguments of `npm run bench --` ask for; undefined: none of these. */
export function aloneIn(argv: readonly string[]): Alone | undefined {
  return ALONE.find((word) => argv.includes(word));
}

/**
 * @param argv The arguments after `npm run bench --`.
 * @returns the minimum measuring time of each row, in seconds.
 * @throws UsageError when they are invalid.
 */
export function readSeconds(word: Alone, argv: readonly string[]): number {
  const { values, words } = readGiven(BENCH, argv);
  if (words.length > 1 || values.quick || values.profile || values.runs !== undefined || values.peers !== undefined)
    throw new UsageError(`${word} is measured alone, and takes --seconds only.`);
  return values.seconds === undefined ? DEFAULT_SECONDS : wholeNumber('--seconds', values.seconds);
}
