import { encode } from '@msgpack/msgpack';
import { MessagePackReader } from '../../protocol/messagepack-reader.ts';
import { writable } from '../../protocol/messagepack-values.ts';

/** Values of one question or answer. */
const MAXIMUM_VALUES = 1_000_000;

/**
 * Writes a value as bytes of its own, so that one that cannot be read does not make its whole envelope unreadable.
 *
 * @throws {SerializationError}
 */
export function writeValue(value: unknown): Uint8Array {
  return encode(writable(value));
}

/** undefined: it cannot be read. */
export function readValue(bytes: unknown): unknown {
  if (!(bytes instanceof Uint8Array)) return undefined;
  return new MessagePackReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), MAXIMUM_VALUES).value(1);
}
