import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError, SerializationError } from '../../src/errors.ts';
import { isOneRecord, prefixOf, takeRecord } from '../../src/protocol/length-prefix.ts';
import { MessageTooLargeError } from '../../src/protocol/message-too-large.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';
import { packed, prefixed } from '../support/messagepack-records.ts';
import { property } from '../support/property.ts';
import { byteByByte, readChunks } from './reading.ts';

const LONGEST = 2 ** 31 - 1;
const digitsOf = (length: number) => Buffer.from(prefixOf(length)).toString('hex');

function take(bytes: Buffer, maximumBytes = LONGEST): Buffer | undefined {
  const input = new RecordBuffer();
  input.append(bytes);
  return takeRecord(input, maximumBytes);
}

describe('the length before a record', () => {
  test('is written as the specification has it', () => {
    expect([0, 53, 127].map(digitsOf)).toEqual(['00', '35', '7f']);
    expect([128, 5_248, 16_383].map(digitsOf)).toEqual(['8001', '8029', 'ff7f']);
    expect([16_384, 2 ** 21, LONGEST].map(digitsOf)).toEqual(['808001', '80808001', 'ffffffff07']);
  });

  test('is less than 2 GiB', () => {
    expect(() => prefixOf(LONGEST + 1)).toThrow(SerializationError);
    for (const digits of ['ffffffff08', '8080808010', 'ffffffffff', '8080808080']) {
      expect(() => take(Buffer.from(digits, 'hex'))).toThrow(
        new ProtocolError('Messages over 2GB in size are not supported.'),
      );
    }
    expect(() => take(Buffer.from('ffffffff07', 'hex'), LONGEST)).toThrow(MessageTooLargeError);
    expect(take(Buffer.from('ffffffff07', 'hex'), 2 ** 40)).toBeUndefined();
  });

  property(
    'is read as it is written, with more bytes than it needs too',
    [fc.uint8Array({ maxLength: 300 })],
    200,
    (bytes) => {
      const framed = Buffer.concat([Buffer.from(prefixOf(bytes.length)), bytes]);
      expect(framed).toEqual(prefixed(bytes));
      expect(Buffer.from(take(framed) as Buffer)).toEqual(Buffer.from(bytes));
      const padded = Buffer.concat([
        Buffer.from([(bytes.length & 0x7f) | 0x80, (bytes.length >> 7) | 0x80, 0x80, 0x80, 0]),
        bytes,
      ]);
      expect(Buffer.from(take(padded) as Buffer)).toEqual(Buffer.from(bytes));
    },
  );
});

describe('bytes that should be one record', () => {
  const lengths = [0, 1, 126, 127, 128, 129, 16_383, 16_384, 2 ** 21];

  test('are one, with the shortest form of its length, and nothing before or behind', () => {
    expect(isOneRecord(Buffer.alloc(0))).toBe(false);
    for (const length of lengths) {
      const record = prefixed(Buffer.alloc(length, 1));
      expect(isOneRecord(record)).toBe(true);
      expect(isOneRecord(Buffer.concat([record, Buffer.of(0)]))).toBe(false);
      expect(isOneRecord(Buffer.concat([record, record]))).toBe(false);
      expect(isOneRecord(record.subarray(0, -1))).toBe(false);
      expect(isOneRecord(record.subarray(1))).toBe(false);
    }
    expect(isOneRecord(Buffer.from([0x81, 0x00, 7]))).toBe(false);
  });

  property(
    'are one as they are written, and none with anything behind it',
    [fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 1, maxLength: 5 })],
    300,
    (bytes, more) => {
      const record = prefixed(Buffer.from(bytes));
      expect(isOneRecord(record)).toBe(true);
      expect(isOneRecord(Buffer.concat([record, more]))).toBe(false);
    },
  );
});

const limit = fc.integer({ min: 8, max: 400 });

/** A ping of exactly this number of bytes, its length included. What follows its only item is not read. */
function pingOf(bytes: number): Buffer {
  const prefix = bytes - 1 <= 127 ? 1 : 2;
  return prefixed(Buffer.concat([Buffer.from([0x91, 6]), Buffer.alloc(bytes - prefix - 2)]));
}

describe('the longest record of MessagePack', () => {
  const read = (chunks: readonly Buffer[], maximumBytes?: number) => readChunks(chunks, maximumBytes, messagePackCodec);

  property(
    'counts its length: N bytes pass, N + 1 do not',
    [limit.filter((n) => n !== 129 && n !== 128)],
    100,
    (maximum) => {
      const tooLarge = new MessageTooLargeError(maximum).message;
      expect(pingOf(maximum)).toHaveLength(maximum);
      for (const cut of [(bytes: Buffer) => [bytes], byteByByte]) {
        expect(read(cut(pingOf(maximum)), maximum)).toEqual({ messages: [{ type: 6 }], error: undefined });
        expect(read(cut(pingOf(maximum + 1)), maximum)).toEqual({ messages: [], error: tooLarge });
      }
    },
  );

  test('is not waited for: its length says enough', () => {
    const tooLarge = new MessageTooLargeError(32_768).message;
    expect(read([Buffer.from(prefixOf(32_765))])).toEqual({ messages: [], error: undefined });
    expect(read([Buffer.from(prefixOf(32_766))])).toEqual({ messages: [], error: tooLarge });
    expect(read([Buffer.from('ffffffff07', 'hex')])).toEqual({ messages: [], error: tooLarge });
  });

  property(
    'is a limit for each record, not for what arrives together',
    [fc.integer({ min: 1, max: 20 })],
    50,
    (count) => {
      const one = packed(1, {}, null, 'm', ['x'.repeat(100)], []);
      const many = Buffer.concat(new Array<Buffer>(count).fill(one));
      expect(read([many], one.length).messages).toHaveLength(count);
      const reading = read([Buffer.concat([many, pingOf(one.length + 2), one])], one.length);
      expect(reading.messages).toHaveLength(count);
      expect(reading.error).toBe(new MessageTooLargeError(one.length).message);
    },
  );
});
