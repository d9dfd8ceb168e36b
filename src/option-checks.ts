import { asError, isA, OptionsError } from './errors.ts';
import { nearestName } from './nearest-name.ts';
import { kindOf, valueText } from './value-texts.ts';

/** Place of an option: the call that it was given to, and its name there, with those of the options around it. */
export interface Place {
  readonly call: string;
  readonly name: string;
}

/** A check of the value of one option. */
export interface Rule {
  /** Returns the value to use. @throws {OptionsError} naming the option, its value and the expected values. */
  read(value: unknown, at: Place): unknown;
  /** Whether the option is required. Otherwise undefined counts as absent. */
  readonly isRequired?: true;
}

/** A rule for each option: `const RULES = { ... } satisfies Rules<Options>` cannot forget one. */
export type Rules<Options> = { readonly [Name in keyof Options]-?: Rule };

/** Node's timers overflow beyond this, and fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Checks given options, and returns a copy without those that are undefined. Inherited properties count, too: an option
 * that looks as if it were given must not be ignored.
 *
 * @param call The call that they were given to, such as 'createServer'.
 * @throws {OptionsError} for an unknown name, with the nearest known one, and for a value that does not fit.
 */
export function readOptions<Options extends object>(
  call: string,
  given: Options | undefined,
  rules: Rules<Options>,
): Options {
  try {
    return readObject(given === undefined ? {} : given, rules, { call, name: '' }) as Options;
  } catch (error) {
    // A getter, or a proxy, may do anything.
    if (isA(OptionsError, error)) throw error;
    throw new OptionsError(`${call}: the options cannot be read: ${asError(error).message}`, { cause: error });
  }
}

/**
 * A rule that takes the value as it is.
 *
 * @param show Makes the text of a wrong value; `kindOf` where it may be a secret.
 */
export function must(expected: string, fits: (value: unknown) => boolean, show = valueText): Rule {
  return { read: (value, at) => (fits(value) ? value : refuse(value, at, expected, show)) };
}

/** A rule that takes any value. */
export const anything: Rule = { read: (value) => value };

export const flag = must('true or false', (value) => typeof value === 'boolean');

export const callable = must('a function', (value) => typeof value === 'function', kindOf);

export function whole(least: number, most?: number): Rule {
  const expected = `a whole number from ${least} ${most === undefined ? 'on' : `to ${most}`}`;
  return must(
    expected,
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= (most ?? Infinity),
  );
}

/** A time that fits into a timer of Node's. */
export function milliseconds(least: 0 | 1): Rule {
  return whole(least, LONGEST_MS);
}

export function oneOf(names: readonly string[]): Rule {
  return must(`one of ${names.join(', ')}`, (value) => names.includes(value as string));
}

/** A list of these names, with at least one. */
export function someOf(names: readonly string[]): Rule {
  const expected = `a list of ${names.join(', ')}`;
  const areKnown = (list: unknown): boolean =>
    Array.isArray(list) && list.length > 0 && list.every((name) => names.includes(name));
  return {
    read: (value, at) => (areKnown(value) ? Object.freeze([...(value as string[])]) : refuse(value, at, expected)),
  };
}

/** A list whose items all fit. @param expected Name of such a list, for the error. */
export function listOf(item: Rule, expected: string, most = Infinity): Rule {
  return {
    read(value, at) {
      if (!Array.isArray(value) || value.length > most) return refuse(value, at, expected);
      return Object.freeze(
        Array.from(value, (each: unknown, index) => item.read(each, { ...at, name: `${at.name}[${index}]` })),
      );
    },
  };
}

/** An option that is an object of options. */
export function objectOf<Options>(rules: Rules<Options>, expected?: string): Rule {
  return { read: (value, at) => readObject(value, rules, at, expected) };
}

/** An object with arbitrary names: hubs, methods. */
export function byName(expected: string): Rule {
  return {
    read: (value, at) => (isPlain(value) ? Object.freeze({ ...value }) : refuse(value, at, expected, kindOf)),
  };
}

/** An object of the user's with these methods. It may have others, and may be a function, as some loggers are. */
export function having<T>(methods: readonly (keyof T & string)[], expected = 'an object'): Rule {
  const fits = (value: unknown): boolean =>
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
  return must(`${expected} with the methods ${methods.join(', ')}`, fits, kindOf);
}

export function required(rule: Rule): Rule {
  return { ...rule, isRequired: true };
}

/**
 * Whether a value can hold options. A map, a date or a promise cannot: it would look like an object without options.
 */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['[object Object]', '[object Module]'].includes(Object.prototype.toString.call(value))
  );
}

/** Whether a function is not asynchronous. The promise of an asynchronous one would count as true. */
export function isSynchronous(value: unknown): boolean {
  return typeof value === 'function' && Object.prototype.toString.call(value) === '[object Function]';
}

/** @throws {OptionsError} always. */
export function refuse(value: unknown, { call, name }: Place, expected: string, show = valueText): never {
  const what = value === undefined ? 'missing. It' : `${show(value)}, but it`;
  throw new OptionsError(`${call}: ${name} is ${what} must be ${expected}.`);
}

/** @throws {OptionsError} when there is no option of this name. */
export function checkName(name: string, known: readonly string[], { call, name: holder }: Place): void {
  if (known.includes(name)) return;
  const near = nearestName(name, known);
  const hint = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean ${near}?`;
  throw new OptionsError(`${call}: there is no option ${within(holder, name)}. ${hint}`);
}

function readObject(value: unknown, rules: Readonly<Record<string, Rule>>, at: Place, expected?: string): object {
  const known = Object.keys(rules);
  if (!isPlain(value)) {
    const whole = expected ?? `an object of ${known.join(', ')}`;
    if (at.name !== '') return refuse(value, at, whole, kindOf);
    throw new OptionsError(`${at.call}: its options are ${kindOf(value)}, but they must be ${whole}.`);
  }
  for (const name in value) {
    // Properties that an old library has added to all objects are no options.
    if (Object.hasOwn(value, name) || !(name in Object.prototype)) checkName(name, known, at);
  }
  const options: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const given = value[name];
    if (given === undefined && !rule.isRequired) continue;
    options[name] = rule.read(given, { ...at, name: within(at.name, name) });
  }
  return options;
}

function within(holder: string, name: string): string {
  const shownName = /^[\w$]{1,60}$/.test(name) ? name : valueText(name);
  return holder === '' ? shownName : `${holder}.${shownName}`;
}
