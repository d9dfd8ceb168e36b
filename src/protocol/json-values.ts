import { SerializationError } from '../errors.ts';
import { isDeeper } from './json-text.ts';
import { checkScalar, MAXIMUM_DEPTH, tooDeep } from './sendable.ts';

/**
 * Writes a value as JSON, as `JSON.stringify` does, with bytes as base64 text and `undefined` as null. A value that
 * JSON does not have is an error here, instead of null or absence at the receiver.
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
    // Native speed for plain data. A replacer is several times slower, so it is used only where a value needs it.
    return isPlain(value, 1) ? JSON.stringify(value) : replacedJson(value);
  } catch (error) {
    if (error instanceof SerializationError) throw error;
    // A getter or a `toJSON` of the value threw, or its `toJSON` returns a cycle.
    throw new SerializationError('The value cannot be written as JSON.', { cause: error });
  }
}

/** For values with bytes or `toJSON`. The depth of what `toJSON` returns is only known from the text. */
function replacedJson(value: object): string {
  const json = JSON.stringify(value, replace) ?? 'null';
  if (isDeeper(json, MAXIMUM_DEPTH)) throw tooDeep();
  return json;
}

/**
 * Checks all values in `value`.
 *
 * @returns false when it holds bytes or a `toJSON`, so that `JSON.stringify` needs the replacer.
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

/** Gets each value after its `toJSON` was called, and reads the one before from `this`, the object around it. */
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
