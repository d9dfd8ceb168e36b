import { readGiven, UsageError, wholeNumber } from '../../scripts/program.ts';
import { BENCH } from '../program.ts';

/** The word that asks for this measurement. */
const CREDENTIALS = 'credentials';
const DEFAULT_SECONDS = 60;

/** Whether these arguments of `npm run bench --` ask for the costs of credentials. */
export function asksForCredentials(argv: readonly string[]): boolean {
  return argv.includes(CREDENTIALS);
}

/**
 * @param argv The arguments after `npm run bench --`.
 * @returns the minimum measuring time of each row, in seconds.
 * @throws UsageError when they are invalid.
 */
export function readCredentials(argv: readonly string[]): number {
  const { values, words } = readGiven(BENCH, argv);
  if (words.length > 1 || values.quick || values.profile || values.runs !== undefined || values.peers !== undefined)
    throw new UsageError(`${CREDENTIALS} is measured alone, and takes --seconds only.`);
  return values.seconds === undefined ? DEFAULT_SECONDS : wholeNumber('--seconds', values.seconds);
}
