import type { RecordLayout } from '../protocol/record-layout.ts';
import type { Framing } from './transport.ts';

/** First byte of a whole message in one frame (RFC 6455, section 5.2). */
const FIRST_BYTE = { Text: 0x81, Binary: 0x82 } as const;

// Frames of a server are not masked, so the same bytes can be sent to every socket.

/** Frames records as one whole WebSocket message. */
function oneMessage(firstByte: number): Framing {
  return {
    frame(records, length) {
      const frame = Buffer.allocUnsafe(headerBytes(length) + length);
      let at = writeHeader(frame, 0, firstByte, length);
      for (const record of records) {
        frame.set(record, at);
        at += record.length;
      }
      return frame;
    },
  };
}

/** Frames each record as a whole WebSocket message of its own. All of them are one buffer. */
function messageEach(firstByte: number): Framing {
  return {
    frame(records, length) {
      let bytes = length;
      for (const record of records) bytes += headerBytes(record.length);
      const frames = Buffer.allocUnsafe(bytes);
      let at = 0;
      for (const record of records) {
        at = writeHeader(frames, at, firstByte, record.length);
        frames.set(record, at);
        at += record.length;
      }
      return frames;
    },
  };
}

function headerBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** Writes the header of a message that is `length` bytes long. @returns the index behind it. */
function writeHeader(frame: Buffer, at: number, firstByte: number, length: number): number {
  frame[at] = firstByte;
  if (length < 126) {
    frame[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    frame[at + 1] = 126;
    return frame.writeUInt16BE(length, at + 2);
  }
  frame[at + 1] = 127;
  return frame.writeBigUInt64BE(BigInt(length), at + 2);
}

const FRAMING = {
  many: { Text: oneMessage(FIRST_BYTE.Text), Binary: oneMessage(FIRST_BYTE.Binary) },
  one: { Text: messageEach(FIRST_BYTE.Text), Binary: messageEach(FIRST_BYTE.Binary) },
} as const;

export function webSocketFraming({ recordsPerMessage, transferFormat }: RecordLayout): Framing {
  return FRAMING[recordsPerMessage][transferFormat];
}
