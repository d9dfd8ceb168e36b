// WebSocket frames (RFC 6455, section 5.2) for the generator, at the least possible cost: no checks, no limits.

/** One key for all frames: unmasking costs the server the same with any key. */
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
const PONG = 10;

/** A frame from a client, masked. */
export function clientFrame(payload: Buffer, opcode: number): Buffer {
  const { length } = payload;
  const header = length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(header + 4 + length);
  frame[0] = 0x80 | opcode;
  if (header === 2) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  }
  for (let at = 0; at < 4; at++) frame[header + at] = MASK[at & 3] as number;
  for (let at = 0; at < length; at++) frame[header + 4 + at] = (payload[at] as number) ^ (MASK[at & 3] as number);
  return frame;
}

/** The answer to a ping without a payload. */
export const PONG_FRAME = clientFrame(Buffer.alloc(0), PONG);

/** Position of the payload in a client's frame. */
export function payloadAt(length: number): number {
  return length < 126 ? 6 : 8;
}

/** The masked byte for `value` at this position of a client's payload. */
export function masked(value: number, at: number): number {
  return value ^ (MASK[at & 3] as number);
}

const FINAL = 0x80;

/**
 * Reads messages from a server's frames. Messages are passed on in place; only those that arrive in several pieces are
 * copied.
 */
export class FrameReader {
  readonly #visit: (bytes: Buffer, start: number, end: number, opcode: number) => void;
  #rest: Buffer | undefined;
  #fragments: Buffer[] = [];
  #opcode = 0;

  constructor(visit: (bytes: Buffer, start: number, end: number, opcode: number) => void) {
    this.#visit = visit;
  }

  read(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let at = 0;
    while (at + 2 <= bytes.length) {
      let length = bytes[at + 1] as number;
      let start = at + 2;
      if (length === 126) {
        if (start + 2 > bytes.length) break;
        length = bytes.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (start + 8 > bytes.length) break;
        length = Number(bytes.readBigUInt64BE(start));
        start += 8;
      }
      if (start + length > bytes.length) break;
      const first = bytes[at] as number;
      at = start + length;
      if (first > FINAL) this.#visit(bytes, start, at, first & 0x0f);
      else this.#fragment(first, Buffer.from(bytes.subarray(start, at)));
    }
    // The chunk is the socket's own buffer, which will be reused.
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  /** Collects fragments: ASP.NET Core splits messages that are longer than its memory blocks. */
  #fragment(first: number, piece: Buffer): void {
    if (this.#fragments.length === 0) this.#opcode = first & 0x0f;
    this.#fragments.push(piece);
    if (first < FINAL) return;
    const message = Buffer.concat(this.#fragments);
    this.#fragments = [];
    this.#visit(message, 0, message.length, this.#opcode);
  }
}
