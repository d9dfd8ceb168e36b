import { SerializationError } from '../errors.ts';
import { isDeeper } from './json-text.ts';
import { checkScalar, MAXIMUM_DEPTH, tooDeep } from './sendable.ts';

/**
 * A value as JSON: what `JSON.stringify` makes of it, with bytes as base64 text and `undefined` as null. What has no JSON
 * is an error here, rather than silently null or absent on the other side.
 *
 * @throws {SerializationError}
 */
export function jsonOf(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
    case 'function':
    case 'symbol':
    case 'bigint':
      checkScalar(value);
      return JSON.stringify(value);
    default:
      return objectJson(value);
  }
}

function objectJson(value: object): string {
  try {
    // Native speed for plain data; a replacer, which is several times slower, only where something needs it.
    return isPlain(value, 1) ? JSON.stringify(value) : replacedJson(value);
  } catch (error) {
    if (error instanceof SerializationError) throw error;
    // A getter or a toJSON of the value threw, or it hides a cycle behind toJSON.
    throw new SerializationError('The value cannot be written as JSON.', { cause: error });
  }
}

/** With bytes and `toJSON` in it; how deep those nest is only seen in the text. */
function replacedJson(value: object): string {
  const json = JSON.stringify(value, replace) ?? 'null';
  if (isDeeper(json, MAXIMUM_DEPTH)) throw tooDeep();
  return json;
}

/**
 * Checks everything in `value`.
 *
 * @returns false when bytes or a `toJSON` are in it, so that `JSON.stringify` needs the replacer.
 */
function isPlain(value: object, depth: number): boolean {
  if (depth > MAXIMUM_DEPTH) throw tooDeep();
  if (value instanceof Number) checkScalar(value.valueOf());
  if (value instanceof Uint8Array || typeof (value as { toJSON?: unknown }).toJSON === 'function') return false;
  let plain = true;
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object' && item !== null) plain = isPlain(item, depth + 1) && plain;
    else checkScalar(item);
  }
  return plain;
}

/** Sees each value before its `toJSON` was called (through `this`, the holder) and after it. */
function replace(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (original instanceof Uint8Array) return base64(original);
  if (value instanceof Uint8Array) return base64(value);
  checkScalar(value instanceof Number ? value.valueOf() : value);
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
