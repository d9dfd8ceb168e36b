import { Encoder } from '@msgpack/msgpack';
import { SerializationError } from '../errors.ts';
import type { Codec } from './codec.ts';
import { prefixOf, takeRecord } from './length-prefix.ts';
import { itemsOf, messageOf } from './messagepack-layouts.ts';
import { TIMESTAMPS } from './messagepack-values.ts';

/** An encoder keeps the largest buffer that it ever needed. One that needed more bytes than this is replaced. */
const KEPT_BYTES = 65_536;

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
    const prefix = prefixOf(record.length);
    const bytes = Buffer.allocUnsafe(prefix.length + record.length);
    // Cheaper than `set`, which is slow for a list of numbers.
    for (let at = 0; at < prefix.length; at++) bytes[at] = prefix[at] as number;
    bytes.set(record, prefix.length);
    return bytes;
  },
};

const newEncoder = () => new Encoder({ extensionCodec: TIMESTAMPS });
let encoder = newEncoder();

/**
 * The record, in the encoder's own buffer until the next message.
 *
 * @throws {SerializationError} when it is too large.
 */
function encoded(items: readonly unknown[]): Uint8Array {
  try {
    const record = encoder.encodeSharedRef(items);
    if (record.buffer.byteLength > KEPT_BYTES) encoder = newEncoder();
    return record;
  } catch (error) {
    throw new SerializationError('The message cannot be written as MessagePack.', { cause: error });
  }
}
