import { parseArgs } from 'node:util';
import { UsageError } from '../arguments.ts';
import { FLOWS } from './flows.ts';

/** Runs only when it is named, because each pair starts two processes and takes long. */
export const COLD = 'connect-cold';
const USUAL = Object.keys(FLOWS);
const KNOWN = [...USUAL, COLD];
const DEFAULT_SECONDS = 20;

/** Arguments of `npm run bench:compare`. */
export interface Comparison {
  /** Another checkout. */
  readonly folder: string;
  readonly scenarios: readonly string[];
  /** Measuring time of each scenario. */
  readonly seconds: number;
}

/**
 * @param argv The arguments after `npm run bench:compare --`.
 * @throws UsageError when they are invalid.
 */
export function readComparison(argv: readonly string[]): Comparison {
  const { values, positionals } = parse(argv);
  const [folder, ...names] = positionals;
  if (folder === undefined)
    throw new UsageError('name the folder of another checkout, then scenarios if you like: FOLDER [SCENARIO ...].');
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no scenario '${unknown}'; there are ${KNOWN.join(', ')}.`);
  const scenarios = names.length === 0 ? USUAL : KNOWN.filter((name) => names.includes(name));
  return { folder, scenarios, seconds: secondsOf(values.seconds) };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { seconds: { type: 'string' } } });
  } catch (error) {
    // Only the first sentence: the rest of Node's text is about positional arguments that look like flags.
    const [what] = (error as Error).message.split('. ');
    throw new UsageError(`${what}; there is --seconds.`);
  }
}

function secondsOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SECONDS;
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new UsageError(`--seconds takes a whole number from 1 to 9999, not '${text}'.`);
  return Number(text);
}
