import { isUtf8 } from 'node:buffer';
import type { Codec } from '../../protocol/codec.ts';
import type { EncodedMessage, Encoding } from '../../protocol/encoded-message.ts';
import { isOneRecord } from '../../protocol/length-prefix.ts';
import { translated } from './translated.ts';

const RECORD_SEPARATOR = 0x1e;

/** The encodings of a message: the name of a protocol, then the record, for each protocol of the hub. */
export function writePayloads(message: EncodedMessage, codecs: readonly Codec[]): readonly unknown[] {
  const payloads: unknown[] = [];
  for (const codec of codecs) payloads.push(codec.name, message.bytes(codec));
  return payloads;
}

/**
 * The encodings for the protocols that the hub has here. A record is handed on to clients as it is, so it has to be
 * exactly one: it must not become two messages, or the beginning of the next one. What the other node has not sent is
 * written here.
 *
 * @returns undefined when one of them cannot be used.
 */
export function payloadsOf(value: unknown, codecs: readonly Codec[]): readonly Encoding[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const encodings: Encoding[] = [];
  const missing: Codec[] = [];
  for (const codec of codecs) {
    const bytes = recordOf(value, codec);
    if (bytes === undefined) missing.push(codec);
    else if (isRecord(bytes, codec)) encodings.push({ codec, bytes });
    else return undefined;
  }
  if (missing.length === 0) return encodings;
  const others = translatedOf(value, missing);
  return others && [...encodings, ...others];
}

function recordOf(payloads: readonly unknown[], { name }: Codec): Buffer | undefined {
  const at = payloads.indexOf(name);
  const record: unknown = at < 0 ? undefined : payloads[at + 1];
  return record instanceof Uint8Array ? Buffer.from(record.buffer, record.byteOffset, record.length) : undefined;
}

/** What comes from elsewhere may be anything, and codecs throw for what is no message. */
function translatedOf(payloads: readonly unknown[], missing: readonly Codec[]): readonly Encoding[] | undefined {
  try {
    return translated((codec) => recordOf(payloads, codec), missing);
  } catch {
    return undefined;
  }
}

function isRecord(bytes: Buffer, { recordsPerMessage, transferFormat }: Codec): boolean {
  if (transferFormat === 'Binary') return isOneRecord(bytes);
  if (!isUtf8(bytes)) return false;
  if (bytes.length === 0) return false;
  return recordsPerMessage === 'one' || bytes.indexOf(RECORD_SEPARATOR) === bytes.length - 1;
}
