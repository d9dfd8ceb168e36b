// How programs for development take arguments: each describes itself as a `Program`, and begins with `start`.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** An option of a program. `value` is the name of its value in the help; without one it is a flag. */
export interface Option {
  readonly about: string;
  readonly value?: string;
}

type Options = Readonly<Record<string, Option>>;

/** A program that a person starts. */
export interface Program<O extends Options = Options> {
  /** What a person types to start it, such as `npm run bench --`. */
  readonly command: string;
  /** What it does, in lines of at most 120 characters. */
  readonly about: string;
  readonly options: O;
  /** The arguments that are no options, and their number. */
  readonly words: { readonly name: string; readonly least: number; readonly most: number };
}

/** What a person has given to a program. A flag is a boolean; an option that was not given is undefined. */
export interface Given<O extends Options> {
  readonly values: { readonly [Name in keyof O]: O[Name] extends { value: string } ? string | undefined : boolean };
  readonly words: readonly string[];
}

/**
 * An error that the person who has started a program can mend: in its arguments, or in what they name. The text says what
 * is wrong, and what is expected.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Exit code after a `UsageError`; that of the program `signalbox`, too. */
const UNUSABLE = 2;

export const NO_WORDS = { name: '', least: 0, most: 0 } as const;

/**
 * Runs a program with the arguments of this process. `--help` and `-h` print its help instead. A `UsageError` of its
 * arguments, or of `run`, becomes a line on standard error and the exit code 2.
 */
export async function start<O extends Options>(
  program: Program<O>,
  run: (given: Given<O>) => Promise<void> | void,
): Promise<void> {
  const argv = process.argv.slice(2);
  const end = argv.indexOf('--');
  if ((end === -1 ? argv : argv.slice(0, end)).some((one) => one === '--help' || one === '-h')) {
    console.log(helpOf(program));
    return;
  }
  try {
    await run(readGiven(program, argv));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${program.command.replace(/ --$/, '')}: ${error.message}`);
    process.exitCode = UNUSABLE;
  }
}

/** @throws UsageError when the program does not take these arguments. */
export function readGiven<O extends Options>(program: Program<O>, argv: readonly string[]): Given<O> {
  const names = Object.keys(program.options);
  // Not strict: Node's own errors do not say what is expected, and their texts differ from version to version.
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    options: Object.fromEntries(names.map((name) => [name, { type: isFlag(program, name) ? 'boolean' : 'string' }])),
  });
  const values = new Map(
    names.map((name): [string, string | boolean | undefined] => [name, isFlag(program, name) ? false : undefined]),
  );
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const there = [...names.map((known) => `--${known}`), '--help'].join(', ');
    if (!values.has(name) || rawName !== `--${name}`)
      throw new UsageError(`no option is called ${rawName}; there are ${there}.`);
    if (isFlag(program, name)) {
      if (value !== undefined) throw new UsageError(`--${name} is a flag and takes no value, but got '${value}'.`);
      values.set(name, true);
      continue;
    }
    const what = `--${name} takes a value: --${name} ${program.options[name]?.value}`;
    if (value === undefined) throw new UsageError(`${what}.`);
    if (!inlineValue && value.startsWith('-')) throw new UsageError(`${what}. '${value}' is an option.`);
    values.set(name, value);
  }
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  checkWords(program, words);
  return { values: Object.fromEntries(values) as Given<O>['values'], words };
}

/** @throws UsageError unless the value of an option is a whole number from 1 to 9999. */
export function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new UsageError(`${option} takes a whole number from 1 to 9999, not '${text}'.`);
  return Number(text);
}

/**
 * Text of a file that a person has named.
 *
 * @param expected What the file has to be, for the text of the error.
 * @throws UsageError when it cannot be read.
 */
export function readNamedFile(path: string, expected: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}); expected is ${expected}.`);
  }
}

function isFlag({ options }: Program, name: string): boolean {
  return options[name]?.value === undefined;
}

function checkWords({ words: { name, least, most }, command }: Program, words: readonly string[]): void {
  if (words.length < least) throw new UsageError(`${name} is missing: ${command} ${name}.`);
  if (words.length <= most) return;
  const expected = most === 0 ? 'expected are options only' : `expected is one ${name} at most`;
  throw new UsageError(`'${words[most]}' is a word too many; ${expected}.`);
}

function helpOf({ command, about, options, words: { name, least, most } }: Program): string {
  const several = most > 1 ? `${name} ...` : name;
  const word = most === 0 ? '' : least === 0 ? ` [${several}]` : ` ${several}`;
  const rows = Object.entries(options).map(([option, { about, value }]) => [
    `--${option}${value === undefined ? '' : ` ${value}`}`,
    about,
  ]);
  rows.push(['-h, --help', 'print this text, and do nothing else']);
  const width = Math.max(...rows.map(([option = '']) => option.length));
  const lines = rows.map(([option = '', about]) => `  ${option.padEnd(width)}  ${about}`);
  return [`Usage: ${command}${word}${rows.length > 1 ? ' [options]' : ''}`, '', about, '', ...lines].join('\n');
}
