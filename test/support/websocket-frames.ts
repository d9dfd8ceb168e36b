// WebSocket frames (RFC 6455, section 5), by hand: tests need frames that no well-behaved client sends.
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  /** Default: true. */
  readonly final?: boolean;
  /** Default: true, as RFC 6455 demands of clients. */
  readonly masked?: boolean;
  /** Of the first byte; default: 0. */
  readonly reservedBits?: number;
}

/** A client's frame. Its mask is zero: legal, and the payload stays as it is. */
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
  #rest: Buffer = Buffer.alloc(0);

  read(chunk: Buffer, visit: (opcode: number, payload: Buffer) => void): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const frame = take(bytes);
      if (frame === undefined) break;
      bytes = bytes.subarray(frame.end);
      visit(frame.opcode, frame.payload);
    }
    this.#rest = bytes;
  }
}

function take(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer; readonly end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1);
  if (short > 127) throw new Error('a masked frame from the server');
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const end = start + length;
  if (bytes.length < end) return undefined;
  return { opcode: bytes.readUInt8(0) & 0x0f, payload: bytes.subarray(start, end), end };
}
