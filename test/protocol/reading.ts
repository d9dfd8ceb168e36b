import { ProtocolError } from '../../src/errors.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import type { IncomingMessage } from '../../src/protocol/messages.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';

/** What a connection would have got out of some bytes. */
export interface Reading {
  readonly messages: readonly IncomingMessage[];
  /** The text of the ProtocolError that ended it. */
  readonly error: string | undefined;
}

/** Reads as a mailbox does: after each chunk, whatever is whole. @throws what is no ProtocolError: it would be a bug. */
export function readChunks(chunks: readonly Buffer[], maximumBytes = 32_768): Reading {
  const input = new RecordBuffer();
  const messages: IncomingMessage[] = [];
  try {
    for (const chunk of chunks) {
      input.append(chunk);
      for (let next = jsonCodec.read(input, maximumBytes); next !== undefined; ) {
        messages.push(next);
        next = jsonCodec.read(input, maximumBytes);
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { messages, error: error.message };
  }
  return { messages, error: undefined };
}

/** Reads one record from its text; the separator is added. */
export function readText(text: string | Buffer, maximumBytes?: number): Reading {
  return readChunks([Buffer.concat([Buffer.from(text as string), Buffer.from('\x1e')])], maximumBytes);
}

export function byteByByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** Cuts the bytes at these places, each taken modulo the length. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, at) => bytes.subarray(from, sorted[at] ?? bytes.length));
}
