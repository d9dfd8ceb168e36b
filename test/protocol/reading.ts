import { ProtocolError } from '../../src/errors.ts';
import type { Codec } from '../../src/protocol/codec.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import { type ClientMessage, MessageType } from '../../src/protocol/messages.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';

/** Result of reading some bytes. */
export interface Reading {
  readonly messages: readonly ClientMessage[];
  /** The text of the ProtocolError that ended it. */
  readonly error: string | undefined;
}

/**
 * Reads as a mailbox does: after each chunk all whole records. Records of an unknown type are skipped.
 *
 * @throws every error that is no ProtocolError: it is a bug.
 */
export function readChunks(
  chunks: readonly Buffer[],
  maximumBytes = 32_768,
  codec: Codec = jsonCodec,
  maximumValues = 65_536,
): Reading {
  const input = new RecordBuffer();
  const messages: ClientMessage[] = [];
  const limits = { maximumBytes, maximumValues };
  try {
    for (const chunk of chunks) {
      input.append(chunk);
      for (let next = codec.read(input, limits); next !== undefined; ) {
        if (next.type !== MessageType.Unknown) messages.push(next);
        next = codec.read(input, limits);
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { messages, error: error.message };
  }
  return { messages, error: undefined };
}

/** Reads one record from its text, to which the separator is added. */
export function readText(text: string | Buffer, maximumBytes?: number, maximumValues?: number): Reading {
  const record = Buffer.concat([Buffer.from(text as string), Buffer.from('\x1e')]);
  return readChunks([record], maximumBytes, jsonCodec, maximumValues);
}

/** Reads MessagePack records, their lengths included. */
export function readPacked(bytes: Buffer, maximumBytes?: number, maximumValues?: number): Reading {
  return readChunks([bytes], maximumBytes, messagePackCodec, maximumValues);
}

/** A value of JSON, without what the official MessagePack codec does not read. */
export function withoutProto(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) => (key === '__proto__' ? undefined : inner));
}

export function byteByByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** Cuts the bytes at these places, each taken modulo the length. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, at) => bytes.subarray(from, sorted[at] ?? bytes.length));
}
