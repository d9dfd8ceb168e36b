// WebSocket frames (RFC 6455, section 5), written by hand. The vectors need frames that a correct client never sends
// (invalid UTF-8, a message in n fragments, no answer to a close frame). They also check the kind of frame that the
// server sent.
import { randomBytes } from 'node:crypto';

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  readonly payload: Buffer;
}

/** Encodes a frame of a client, which is always masked. */
export function encodeFrame(opcode: number, payload: Buffer, final = true): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload);
  for (const [index, byte] of payload.entries()) masked[index] = byte ^ (mask[index % 4] ?? 0);
  return Buffer.concat([encodeHead((final ? 0x80 : 0) | opcode, payload.length), mask, masked]);
}

function encodeHead(first: number, length: number): Buffer {
  if (length < 126) return Buffer.from([first, 0x80 | length]);
  if (length < 65_536) return Buffer.from([first, 0x80 | 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** Collects the bytes of a server and returns the complete frames. Throws where a server breaks the RFC. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);

  *read(chunk: Buffer): Generator<Frame> {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) yield frame;
  }

  #take(): Frame | undefined {
    const bytes = this.#bytes;
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return undefined;
    if ((first & 0x70) !== 0) throw new Error('a frame with a reserved bit, and no extension was agreed');
    if ((second & 0x80) !== 0) throw new Error('a masked frame from the server');
    const short = second & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < start) return undefined;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < start + length) return undefined;
    this.#bytes = bytes.subarray(start + length);
    return { opcode: first & 0x0f, final: (first & 0x80) !== 0, payload: bytes.subarray(start, start + length) };
  }
}
