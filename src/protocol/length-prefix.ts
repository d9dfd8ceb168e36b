import { ProtocolError, SerializationError } from '../errors.ts';
import { MessageTooLargeError } from './message-too-large.ts';
import type { RecordBuffer } from './record-buffer.ts';

// Binary records follow their length: seven bits in each byte, the lowest first, and a bit that says whether more bytes
// of the length follow (HubProtocol.md, "Binary encoding"). The length is less than 2 GiB, and takes five bytes at
// most.
const LONGEST_PREFIX = 5;
const HIGHEST_LAST_BYTE = 0x07;
const LONGEST_RECORD = 0x7fffffff;

/**
 * Takes the bytes of the next record, without its length; undefined while it is unfinished.
 *
 * @throws {MessageTooLargeError} as soon as the length says that record and length are longer than `maximumBytes`.
 * @throws {ProtocolError} when the length is not valid.
 */
export function takeRecord(input: RecordBuffer, maximumBytes: number): Buffer | undefined {
  let length = 0;
  for (let prefix = 1; prefix <= LONGEST_PREFIX; prefix++) {
    const byte = input.at(prefix - 1);
    if (byte === undefined) return undefined;
    if (prefix === LONGEST_PREFIX && byte > HIGHEST_LAST_BYTE) break;
    length += (byte & 0x7f) * 2 ** (7 * (prefix - 1));
    if (byte > 0x7f) continue;
    if (prefix + length > maximumBytes) throw new MessageTooLargeError(maximumBytes);
    if (prefix + length > input.length) return undefined;
    input.skip(prefix);
    return input.take(length);
  }
  throw new ProtocolError('Messages over 2GB in size are not supported.');
}

/** The length prefix of a record. @throws {SerializationError} when the length is not allowed. */
export function prefixOf(length: number): readonly number[] {
  if (length > LONGEST_RECORD) throw new SerializationError('A message of 2 GiB or more cannot be written.');
  const bytes: number[] = [];
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** Length of the prefix at the beginning of a record. */
export function prefixLength(record: Uint8Array): number {
  return record.findIndex((byte) => byte <= 0x7f) + 1;
}

/** Whether the bytes are one record with its length, and nothing else. */
export function isOneRecord(bytes: Uint8Array): boolean {
  for (let prefix = 1; prefix <= LONGEST_PREFIX && prefix <= bytes.length; prefix++) {
    const length = bytes.length - prefix;
    const expected = prefixOf(length);
    if (expected.length === prefix) return expected.every((byte, at) => byte === bytes[at]);
  }
  return false;
}
