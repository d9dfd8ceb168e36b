import type { Framing } from './transport.ts';

const FIN_TEXT = 0x81;
const FIN_BINARY = 0x82;

/**
 * Frames records as one whole WebSocket message (RFC 6455, section 5.2). Frames of a server are not masked, so the same
 * bytes can be sent to every socket.
 */
function framing(firstByte: number): Framing {
  return {
    frame(records, length) {
      const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
      const frame = Buffer.allocUnsafe(header + length);
      frame[0] = firstByte;
      if (header === 2) frame[1] = length;
      else if (header === 4) {
        frame[1] = 126;
        frame.writeUInt16BE(length, 2);
      } else {
        frame[1] = 127;
        frame.writeBigUInt64BE(BigInt(length), 2);
      }
      let at = header;
      for (const record of records) {
        frame.set(record, at);
        at += record.length;
      }
      return frame;
    },
  };
}

export const WEBSOCKET_FRAMING = { Text: framing(FIN_TEXT), Binary: framing(FIN_BINARY) } as const;
