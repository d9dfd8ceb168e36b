import { parseArgs } from 'node:util';
import { UsageError } from '../arguments.ts';
import { FLOWS } from './flows.ts';

/** Runs only when it is named, because each pair starts two processes and takes long. */
export const COLD = 'connect-cold';
const USUAL = Object.keys(FLOWS);
const KNOWN = [...USUAL, COLD];
const DEFAULT_SECONDS = 60;
const OPTIONS = { against: { type: 'string' }, seconds: { type: 'string' } } as const;

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
  const { values, positionals: names } = parse(argv);
  const ref = values.against ?? '';
  if (ref === '') throw new UsageError('--against takes a branch, a tag or a commit: --against REF [SCENARIO ...].');
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`there is no scenario '${unknown}' to compare; there are ${KNOWN.join(', ')}.`);
  }
  const scenarios = names.length === 0 ? USUAL : KNOWN.filter((name) => names.includes(name));
  return { ref, scenarios, seconds: secondsOf(values.seconds) };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    // Only the first sentence: the rest of Node's text is about positional arguments that look like flags.
    const [what] = (error as Error).message.split(/\.\s/);
    throw new UsageError(`${what?.replace(/\.$/, '')}; with --against REF there is --seconds.`);
  }
}

function secondsOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SECONDS;
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new UsageError(`--seconds takes a whole number from 1 to 9999, not '${text}'.`);
  return Number(text);
}
