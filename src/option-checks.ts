import { asError, isA, OptionsError } from './errors.ts';
import { nearestName } from './nearest-name.ts';
import { kindOf, valueText } from './value-texts.ts';

/** Where an option stands: the call that it was given to, and its name there with those of what holds it. */
export interface Place {
  readonly call: string;
  readonly name: string;
}

/** What the value of one option may be. */
export interface Rule {
  /** The value as it is used from here on. @throws {OptionsError} naming the option, what it is and what it may be. */
  read(value: unknown, at: Place): unknown;
  /** Whether it must be given. Otherwise undefined is as good as nothing. */
  readonly isRequired?: true;
}

/** A rule for each option that there is: `const RULES = { ... } satisfies Rules<Options>` forgets none. */
export type Rules<Options> = { readonly [Name in keyof Options]-?: Rule };

/** Beyond it a timer of Node's overflows and fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * The options that somebody has given, checked whole, as a copy without those that are undefined. What is inherited counts: an
 * option that looks as if it were given must not be overlooked.
 *
 * @param call What they were given to, such as 'createServer'.
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

/** A value that is taken as it is. @param show How it is shown when it does not fit; `kindOf` for what may be a secret. */
export function must(expected: string, fits: (value: unknown) => boolean, show = valueText): Rule {
  return { read: (value, at) => (fits(value) ? value : refuse(value, at, expected, show)) };
}

/** A value that is taken whatever it is. */
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

/** A time that a timer can wait. */
export function milliseconds(least: 0 | 1): Rule {
  return whole(least, LONGEST_MS);
}

export function oneOf(names: readonly string[]): Rule {
  return must(`one of ${names.join(', ')}`, (value) => names.includes(value as string));
}

/** A list of names, at least one. */
export function someOf(names: readonly string[]): Rule {
  const expected = `a list of ${names.join(', ')}`;
  const areKnown = (list: unknown): boolean =>
    Array.isArray(list) && list.length > 0 && list.every((name) => names.includes(name));
  return {
    read: (value, at) => (areKnown(value) ? Object.freeze([...(value as string[])]) : refuse(value, at, expected)),
  };
}

/** A list whose items all fit. @param expected What a list of them is called. */
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

/** Options inside of an option. */
export function objectOf<Options>(rules: Rules<Options>, expected?: string): Rule {
  return { read: (value, at) => readObject(value, rules, at, expected) };
}

/** Values by names that are the user's own: hubs, methods. */
export function byName(expected: string): Rule {
  return {
    read: (value, at) => (isPlain(value) ? Object.freeze({ ...value }) : refuse(value, at, expected, kindOf)),
  };
}

/** Something of the user's that is called by these methods, whatever else it has and is: some loggers are functions. */
export function having(methods: readonly string[], expected = 'an object'): Rule {
  const fits = (value: unknown): boolean =>
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
  return must(`${expected} with the methods ${methods.join(', ')}`, fits, kindOf);
}

export function required(rule: Rule): Rule {
  return { ...rule, isRequired: true };
}

/** Whether a value can hold options: a map, a date, a promise that nobody has awaited, looks as if it held none. */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['[object Object]', '[object Module]'].includes(Object.prototype.toString.call(value))
  );
}

/** Whether a function answers at once: what an asynchronous one returns is a promise, which is as good as true. */
export function isSynchronous(value: unknown): boolean {
  return typeof value === 'function' && Object.prototype.toString.call(value) === '[object Function]';
}

/** @throws {OptionsError} always. */
export function refuse(value: unknown, { call, name }: Place, expected: string, show = valueText): never {
  const what = value === undefined ? 'missing. It' : `${show(value)}, but it`;
  throw new OptionsError(`${call}: ${name} is ${what} must be ${expected}.`);
}

/** @throws {OptionsError} when nobody knows an option of this name. */
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
    // What an old library has added to all objects is nobody's option.
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
