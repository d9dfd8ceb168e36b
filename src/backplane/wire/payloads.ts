import { isUtf8 } from 'node:buffer';
import type { Codec } from '../../protocol/codec.ts';
import type { EncodedMessage, Encoding } from '../../protocol/encoded-message.ts';
import { isOneRecord } from '../../protocol/length-prefix.ts';

const RECORD_SEPARATOR = 0x1e;

/** The encodings of a message: the name of a protocol, then the record, for each protocol of the hub. */
export function writePayloads(message: EncodedMessage, codecs: readonly Codec[]): readonly unknown[] {
  const payloads: unknown[] = [];
  for (const codec of codecs) payloads.push(codec.name, message.bytes(codec));
  return payloads;
}

/**
 * The encodings for protocols that the hub has here. A record is handed on to clients as it is, so it has to be exactly
 * one: it must not become two messages, or the beginning of the next one.
 *
 * @returns undefined when one of them cannot be used, or one is missing.
 */
export function payloadsOf(value: unknown, codecs: readonly Codec[]): readonly Encoding[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const encodings: Encoding[] = [];
  for (const codec of codecs) {
    const at = value.indexOf(codec.name);
    const record: unknown = at < 0 ? undefined : value[at + 1];
    if (!(record instanceof Uint8Array)) return undefined;
    const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
    if (!isRecord(bytes, codec)) return undefined;
    encodings.push({ codec, bytes });
  }
  return encodings;
}

function isRecord(bytes: Buffer, { recordsPerMessage, transferFormat }: Codec): boolean {
  if (transferFormat === 'Binary') return isOneRecord(bytes);
  if (!isUtf8(bytes)) return false;
  if (bytes.length === 0) return false;
  return recordsPerMessage === 'one' || bytes.indexOf(RECORD_SEPARATOR) === bytes.length - 1;
}
