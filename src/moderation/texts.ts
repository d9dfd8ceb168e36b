import type { Moderated, Moderator } from '../hub/moderator.ts';
import { MAXIMUM_DEPTH } from '../protocol/sendable.ts';
import type { TextOptions } from './text-options.ts';

/** Returns the text to use instead. May throw a HubError, which refuses the message. */
export type Look = (text: string) => string;

/** Finds the texts of messages that a moderator looks at. */
export class Texts {
  readonly #methods: ReadonlySet<string> | undefined;
  readonly #argument: number | undefined;
  readonly #path: readonly string[];

  constructor({ methods, argument, property }: TextOptions) {
    this.#methods = methods === undefined ? undefined : new Set(methods.map((name) => name.toLowerCase()));
    this.#argument = argument;
    this.#path = property === undefined ? [] : property.split('.');
  }

  /** Makes a moderator that looks at each text. */
  moderator(look: Look): Moderator {
    return (message) => {
      const args = this.#map(message, look);
      return args === undefined ? undefined : { args };
    };
  }

  /** All texts, in their order. */
  all(message: Pick<Moderated, 'method' | 'args'>): readonly string[] {
    const found: string[] = [];
    this.#map(message, (text) => {
      found.push(text);
      return text;
    });
    return found;
  }

  /** Looks at each text. @returns the arguments with other texts; undefined: they are as they were. */
  #map({ method, args }: Pick<Moderated, 'method' | 'args'>, look: Look): readonly unknown[] | undefined {
    if (this.#methods?.has(method.toLowerCase()) === false) return undefined;
    const at = this.#argument;
    if (at === undefined) return changed(args, mapList(args, look, 0));
    if (at >= args.length) return undefined;
    const value = mapPath(args[at], this.#path, look);
    return value === args[at] ? undefined : args.with(at, value);
  }
}

function changed<T>(before: T, after: T): T | undefined {
  return before === after ? undefined : after;
}

function mapPath(value: unknown, path: readonly string[], look: Look): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return mapValue(value, look, 1);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return value;
  const before = (value as Record<string, unknown>)[name];
  const after = mapPath(before, rest, look);
  return before === after ? value : withProperty(value, name, after);
}

/**
 * The same value, with other texts where they change: in texts, lists and objects, as they are written. What is deeper
 * than a message may be cannot be written at all.
 */
function mapValue(value: unknown, look: Look, depth: number): unknown {
  if (typeof value === 'string') return look(value);
  if (typeof value !== 'object' || value === null || depth > MAXIMUM_DEPTH) return value;
  if (value instanceof Uint8Array || value instanceof Date) return value;
  if (value instanceof String) return look(String(value));
  if (Array.isArray(value)) return mapList(value, look, depth);
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON !== 'function') return mapObject(value, look, depth);
  const written: unknown = toJSON.call(value, '');
  return changed(written, mapValue(written, look, depth + 1)) ?? value;
}

function mapList(list: readonly unknown[], look: Look, depth: number): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let at = 0; at < list.length; at++) {
    const after = mapValue(list[at], look, depth + 1);
    if (after === list[at]) continue;
    copy ??= [...list];
    copy[at] = after;
  }
  return copy ?? list;
}

function mapObject(object: object, look: Look, depth: number): object {
  let result = object;
  for (const [name, before] of Object.entries(object)) {
    const after = mapValue(before, look, depth + 1);
    if (after === before) continue;
    if (result === object) result = { ...object };
    Object.defineProperty(result, name, { value: after, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function withProperty(object: object, name: string, value: unknown): object {
  const copy: object = Array.isArray(object) ? [...object] : { ...object };
  return Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
}
