import { Encoder } from '@msgpack/msgpack';
import { SerializationError } from '../errors.ts';
import type { Codec } from './codec.ts';
import { prefixLength, prefixOf, takeRecord } from './length-prefix.ts';
import { itemsOf, messageOf } from './messagepack-layouts.ts';
import { TIMESTAMPS, unicode } from './messagepack-values.ts';
import { positionHeaders } from './position.ts';

/** An encoder keeps the largest buffer that it ever needed. One that needed more bytes than this is replaced. */
const KEPT_BYTES = 65_536;

/** Beginning of the record of every invocation: a list of 6 items, the type 1, an empty map of headers. */
const INVOCATION = Buffer.from([0x96, 0x01, 0x80]);
const HEADERS_AT = INVOCATION.length - 1;

/** The MessagePack hub protocol (HubProtocol.md, "MessagePack (MsgPack) encoding"). */
export const messagePackCodec: Codec & { readonly name: 'messagepack' } = {
  name: 'messagepack',
  transferFormat: 'Binary',
  recordsPerMessage: 'many',
  keepAlive: 'records',

  read(input, { maximumBytes, maximumValues }) {
    const record = takeRecord(input, maximumBytes);
    return record === undefined ? undefined : messageOf(record, maximumValues);
  },

  write(message) {
    const record = encoded(itemsOf(message));
    const bytes = withPrefix(record.length);
    bytes.set(record, bytes.length - record.length);
    return bytes;
  },

  writePosition(record, at) {
    const start = prefixLength(record);
    const rest = start + INVOCATION.length;
    if (!record.subarray(start, rest).equals(INVOCATION)) return record;
    const { 'sb-g': group, 'sb-p': position } = positionHeaders(at);
    const headers = encoded({ 'sb-g': unicode(group), 'sb-p': unicode(position) });
    const length = HEADERS_AT + headers.length + record.length - rest;
    const bytes = withPrefix(length);
    const from = bytes.length - length + HEADERS_AT;
    bytes.set(INVOCATION.subarray(0, HEADERS_AT), from - HEADERS_AT);
    bytes.set(headers, from);
    bytes.set(record.subarray(rest), from + headers.length);
    return bytes;
  },
};

/** Room for a record of this length behind its length prefix, which is there already. @throws {SerializationError} */
function withPrefix(length: number): Buffer {
  const prefix = prefixOf(length);
  const bytes = Buffer.allocUnsafe(prefix.length + length);
  // Cheaper than `set`, which is slow for a list of numbers.
  for (let at = 0; at < prefix.length; at++) bytes[at] = prefix[at] as number;
  return bytes;
}

const newEncoder = () => new Encoder({ extensionCodec: TIMESTAMPS });
let encoder = newEncoder();

/**
 * A record or a part of it, in the encoder's own buffer until the next one.
 *
 * @throws {SerializationError} when it is too large.
 */
function encoded(value: object): Uint8Array {
  try {
    const record = encoder.encodeSharedRef(value);
    if (record.buffer.byteLength > KEPT_BYTES) encoder = newEncoder();
    return record;
  } catch (error) {
    throw new SerializationError('The message cannot be written as MessagePack.', { cause: error });
  }
}
