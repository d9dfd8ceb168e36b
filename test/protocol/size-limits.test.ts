import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageTooLargeError } from '../../src/protocol/message-too-large.ts';
import { property } from '../support/property.ts';
import { byteByByte, readChunks } from './reading.ts';

const PING = Buffer.from('{"type":6}');
const SEPARATOR = Buffer.from('\x1e');
const limit = fc.integer({ min: 12, max: 400 });

/** A ping record of exactly this number of bytes, without its separator. */
function pingOf(bytes: number): Buffer {
  const padding = Buffer.alloc(bytes - PING.length, ' ');
  return Buffer.concat([PING, padding]);
}

describe('the longest record', () => {
  property('counts its separator: N bytes pass, N + 1 do not', [limit], 100, (maximum) => {
    const tooLarge = new MessageTooLargeError(maximum).message;
    const fits = Buffer.concat([pingOf(maximum - 1), SEPARATOR]);
    const exceeds = Buffer.concat([pingOf(maximum), SEPARATOR]);
    for (const cut of [(bytes: Buffer) => [bytes], byteByByte]) {
      expect(readChunks(cut(fits), maximum)).toEqual({ messages: [{ type: 6 }], error: undefined });
      expect(readChunks(cut(exceeds), maximum)).toEqual({ messages: [], error: tooLarge });
    }
  });

  property('is not waited for beyond the limit', [limit], 100, (maximum) => {
    const tooLarge = new MessageTooLargeError(maximum).message;
    expect(readChunks([pingOf(maximum - 1)], maximum)).toEqual({ messages: [], error: undefined });
    expect(readChunks([pingOf(maximum)], maximum)).toEqual({ messages: [], error: tooLarge });
  });

  property(
    'is a limit for each record, not for what arrives together',
    [limit, fc.integer({ min: 1, max: 20 })],
    100,
    (maximum, count) => {
      const one = Buffer.concat([pingOf(maximum - 1), SEPARATOR]);
      const many = Buffer.concat(new Array<Buffer>(count).fill(one));
      expect(readChunks([many], maximum).messages).toHaveLength(count);
      // Records before one that is too long are still read.
      const withExcess = Buffer.concat([many, pingOf(maximum), SEPARATOR, one]);
      const reading = readChunks([withExcess], maximum);
      expect(reading.messages).toHaveLength(count);
      expect(reading.error).toBe(new MessageTooLargeError(maximum).message);
    },
  );

  test('is 32,768 bytes unless somebody says otherwise, and the error names the option', () => {
    expect(readChunks([Buffer.concat([pingOf(32_767), SEPARATOR])]).messages).toHaveLength(1);
    expect(readChunks([pingOf(32_768)]).error).toBe(
      "The maximum message size of 32768B was exceeded. It is the hub's option maximumReceiveMessageBytes.",
    );
  });
});
