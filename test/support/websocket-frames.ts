// WebSocket frames (RFC 6455, section 5), by hand: tests need frames that no correct client sends.
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  /** Default: true. */
  readonly final?: boolean;
  /** Default: true, as RFC 6455 demands of clients. */
  readonly masked?: boolean;
  /** Reserved bits of the first byte; default: 0. */
  readonly reservedBits?: number;
}

/** A client's frame. Its mask is zero, which is legal and leaves the payload readable. */
export function clientFrame(opcode: number, payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { final = true, masked = true, reservedBits = 0 } = options;
  const bytes = Buffer.from(payload);
  const head = lengthHead(bytes.length);
  head[0] = (final ? 0x80 : 0) | reservedBits | opcode;
  head[1] = (head[1] as number) | (masked ? 0x80 : 0);
  return Buffer.concat(masked ? [head, Buffer.alloc(4), bytes] : [head, bytes]);
}

function lengthHead(length: number): Buffer {
  if (length < 126) return Buffer.from([0, length]);
  if (length < 65_536) return Buffer.from([0, 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** Collects a server's bytes and visits each whole frame. */
export class ServerFrames {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Number of bytes at which chunks are joined: a frame may be large, and come in many chunks. */
  #needed = 2;

  read(chunk: Buffer, visit: (opcode: number, payload: Buffer) => void): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let frame = frameAt(bytes);
    while (bytes.length >= frame.end) {
      visit(bytes.readUInt8(0) & 0x0f, bytes.subarray(frame.start, frame.end));
      bytes = bytes.subarray(frame.end);
      frame = frameAt(bytes);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#length = bytes.length;
    this.#needed = frame.end;
  }
}

/** Beginning and end of the payload of the first frame. While its header is incomplete: the end of the bytes it needs. */
function frameAt(bytes: Buffer): { readonly start: number; readonly end: number } {
  if (bytes.length < 2) return { start: 2, end: 2 };
  const short = bytes.readUInt8(1);
  if (short > 127) throw new Error('a masked frame from the server');
  if (short < 126) return { start: 2, end: 2 + short };
  const start = short === 126 ? 4 : 10;
  if (bytes.length < start) return { start, end: start };
  return { start, end: start + (short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))) };
}
