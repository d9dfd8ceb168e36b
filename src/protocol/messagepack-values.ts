import { EXT_TIMESTAMP, ExtData, type ExtensionCodecType, encodeTimestampExtension } from '@msgpack/msgpack';
import { SerializationError } from '../errors.ts';
import { checkScalar, MAXIMUM_DEPTH, tooDeep } from './sendable.ts';

const DATE_TO_JSON = Date.prototype.toJSON;

/** Dates are the only extension. Everything else that the library would take for one is written as an object. */
export const TIMESTAMPS: ExtensionCodecType<undefined> = {
  tryToEncode(value) {
    const time = encodeTimestampExtension(value);
    return time === null ? null : new ExtData(EXT_TIMESTAMP, time);
  },
  decode: () => null,
};

/**
 * A copy of a value with what `JSON.stringify` would write of it, but bytes stay bytes and dates stay dates. What JSON
 * does not have is an error here, too, because a sender does not know the protocols of its receivers.
 *
 * @throws {SerializationError}
 */
export function writable(value: unknown): unknown {
  try {
    return copyOf(value, '', 1);
  } catch (error) {
    if (error instanceof SerializationError) throw error;
    // A getter or a `toJSON` of the value threw.
    throw new SerializationError('The value cannot be written as MessagePack.', { cause: error });
  }
}

/** The text with lone surrogates replaced: they have no UTF-8. */
export function unicode(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

function copyOf(value: unknown, key: string | number, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return scalar(value);
  if (isKept(value)) return content(value, depth);
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON !== 'function') return content(value, depth);
  const replaced: unknown = toJSON.call(value, String(key));
  // As in JSON.stringify, a `toJSON` of the result is not called.
  return typeof replaced === 'object' && replaced !== null ? content(replaced, depth) : scalar(replaced);
}

/** Whether MessagePack has a format of its own for the value, so that its JSON does not count. */
function isKept(value: object): boolean {
  return value instanceof Uint8Array || (value instanceof Date && value.toJSON === DATE_TO_JSON);
}

function scalar(value: unknown): unknown {
  if (typeof value === 'string') return unicode(value);
  checkScalar(value);
  return value;
}

function content(value: object, depth: number): unknown {
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date) return timeOf(value);
  if (depth > MAXIMUM_DEPTH) throw tooDeep();
  if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt) {
    return scalar(value.valueOf());
  }
  return Array.isArray(value) ? listOf(value, depth) : mapOf(value, depth);
}

/** An invalid Date becomes null, as in JSON. */
function timeOf(value: Date): Date | null {
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time;
}

function listOf(list: readonly unknown[], depth: number): unknown[] {
  const items: unknown[] = [];
  for (let at = 0; at < list.length; at++) items.push(copyOf(list[at], at, depth + 1));
  return items;
}

function mapOf(object: object, depth: number): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    const item = copyOf((object as Record<string, unknown>)[key], key, depth + 1);
    // The official JavaScript client refuses every message with the key `__proto__`: one sender could disconnect all
    // receivers.
    if (item !== undefined && key !== '__proto__') map[unicode(key)] = item;
  }
  return map;
}
