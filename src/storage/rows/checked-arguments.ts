import { kindOf } from '../../value-texts.ts';
import { StorageError } from '../storage.ts';
import { encodeText } from './texts.ts';

/**
 * Largest size of an id or a name, as UTF-8: an index of PostgreSQL takes rows of 2,704 bytes, and none of ours has more
 * than three names.
 */
export const NAME_BYTES = 800;
/** The latest moment of a `Date`, in milliseconds since 1970. */
const LAST_MOMENT = 8_640_000_000_000_000;

/**
 * Reads a value. It returns a copy that holds what is expected and nothing else.
 *
 * @param what Says in the error what the value is.
 * @throws {StorageError} `invalid`, when it is anything else: a database might silently make it something else.
 */
export type Reader<T> = (value: unknown, what: string) => T;

/** Readers of the arguments of each method. */
export type Arguments<Store> = {
  readonly [M in keyof Store & string]: Store[M] extends (...args: infer A) => unknown
    ? { readonly [I in keyof A]-?: Reader<A[I]> }
    : never;
};

/**
 * Makes a store that checks what it is given before the other one gets it. A wrong value is refused in the same way by
 * every kind of storage, so that development finds it.
 */
export function checked<Store extends object>(store: Store, readers: Arguments<Store>): Store {
  const target = store as Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;
  const method = ([name, readAll]: readonly [string, readonly Reader<unknown>[]]) => {
    const call = async (...given: readonly unknown[]) =>
      target[name]?.(...readAll.map((read, at) => read(given[at], `Argument ${at + 1} of ${name}`)));
    return [name, call] as const;
  };
  return Object.fromEntries(Object.entries<readonly Reader<unknown>[]>(readers).map(method)) as Store;
}

/** Any text, of any length. */
export const text: Reader<string> = (value, what) =>
  typeof value === 'string' ? value : refuse(what, kindOf(value), 'a text');

/** A text that may be in an index. */
export const name: Reader<string> = (value, what) => {
  const read = text(value, what);
  const bytes = Buffer.byteLength(encodeText(read));
  return bytes <= NAME_BYTES ? read : refuse(what, `a text of ${bytes} bytes`, `one of ${NAME_BYTES} bytes at most`);
};

/** Milliseconds since 1970. */
export const moment: Reader<number> = (value, what) =>
  isWhole(value) && Math.abs(value) <= LAST_MOMENT
    ? value
    : refuse(what, shown(value), 'a whole number of milliseconds since 1970, as Date has it');

export const flag: Reader<boolean> = (value, what) =>
  typeof value === 'boolean' ? value : refuse(what, shown(value), 'true or false');

/** @param most What is more counts as this. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (value, what) =>
    isWhole(value) && value >= least
      ? Math.min(value, most)
      : refuse(what, shown(value), `a whole number, ${least} or more`);
}

export function oneOf<T extends string>(...values: readonly T[]): Reader<T> {
  return (value, what) =>
    values.find((allowed) => allowed === value) ??
    refuse(what, kindOf(value), values.map((v) => `'${v}'`).join(' or '));
}

export function orNull<T>(read: Reader<T>): Reader<T | null> {
  return (value, what) => (value === null ? null : read(value, what));
}

export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (value, what) => (value === undefined ? undefined : read(value, what));
}

export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, what) =>
    Array.isArray(value)
      ? value.map((item: unknown, at) => read(item, `${what}: [${at}]`))
      : refuse(what, kindOf(value), 'a list');
}

/** An object with these fields. What else it has is left out. */
export function fields<T extends object>(readers: { readonly [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  const list = Object.entries<Reader<unknown>>(readers);
  return (value, what) => {
    if (typeof value !== 'object' || value === null) return refuse(what, kindOf(value), 'an object');
    const copy: Record<string, unknown> = {};
    for (const [field, read] of list) {
      const found = read((value as Readonly<Record<string, unknown>>)[field], `${what}: ${field}`);
      if (found !== undefined) copy[field] = found;
    }
    return copy as T;
  };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** A number, or the kind of anything else: a text may be a secret. */
function shown(value: unknown): string {
  return typeof value === 'number' ? `${value}` : kindOf(value);
}

function refuse(what: string, found: string, expected: string): never {
  throw new StorageError('invalid', `${what} is ${found}, but it must be ${expected}.`);
}
