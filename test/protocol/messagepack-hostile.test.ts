import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import { MessageType } from '../../src/protocol/messages.ts';
import { prefixed } from '../support/messagepack-records.ts';
import { property } from '../support/property.ts';
import { cuts } from './arbitraries.ts';
import { packedMessage, packedStream } from './messagepack-arbitraries.ts';
import { byteByByte, cutAt, readChunks, readPacked } from './reading.ts';

const read = (chunks: readonly Buffer[], maximumBytes?: number) => readChunks(chunks, maximumBytes, messagePackCodec);

/** Reads arbitrary bytes. `readChunks` throws every error that is no ProtocolError. */
describe('whatever is sent as MessagePack', () => {
  property('is a message or a ProtocolError', [packedStream({ wild: true })], 2_000, (bytes) => {
    expect(Object.values(MessageType)).toEqual(expect.arrayContaining(read([bytes]).messages.map(({ type }) => type)));
  });

  property('and so is any noise', [fc.uint8Array({ maxLength: 200 })], 1_000, (noise) => {
    expect(() => read([Buffer.from(noise)])).not.toThrow();
  });

  property(
    'whole messages, cut anywhere, are those messages',
    [packedStream({ wild: false }), cuts],
    300,
    (bytes, places) => {
      const lump = read([bytes]);
      expect(lump.error).toBeUndefined();
      expect(read(cutAt(bytes, places))).toEqual(lump);
    },
  );

  property('cut anywhere it is the same', [packedStream({ wild: true }), cuts], 500, (bytes, places) => {
    expect(read(cutAt(bytes, places))).toEqual(read([bytes]));
  });

  property('byte by byte, too', [packedStream({ wild: true })], 300, (bytes) => {
    expect(read(byteByByte(bytes))).toEqual(read([bytes]));
  });

  property(
    'nor does it matter for the limit',
    [packedStream({ wild: true }), cuts, fc.integer({ min: 1, max: 120 })],
    300,
    (bytes, places, maximumBytes) => {
      expect(read(cutAt(bytes, places), maximumBytes)).toEqual(read([bytes], maximumBytes));
    },
  );

  property(
    'what stands before it is still read',
    [packedMessage, fc.uint8Array({ minLength: 1 })],
    300,
    (message, noise) => {
      const [first] = read([message]).messages;
      expect(read([Buffer.concat([message, noise])]).messages[0]).toEqual(first);
    },
  );
});

/** A call with one argument, given as bytes. */
const callWith = (argument: Buffer): Buffer =>
  prefixed(Buffer.concat([Buffer.from('960180a131a16d91', 'hex'), argument, Buffer.from([0x90])]));
const itemWith = (item: Buffer): Buffer => prefixed(Buffer.concat([Buffer.from('940280a131', 'hex'), item]));
const unbound = [{ type: 1, invocationId: '1', target: 'm', arguments: [], streamIds: [], unbindable: true }];

describe('nesting', () => {
  const arrays = (levels: number) => Buffer.concat([Buffer.alloc(levels - 1, 0x91), Buffer.from([0x90])]);
  /** Maps that hold the next one as their value, or as their key. */
  const maps = (levels: number) =>
    Buffer.concat([...Array(levels - 1).fill(Buffer.from([0x81, 0x00])), Buffer.from([0x80])]);

  test('an argument may hold 62 levels, as in JSON, an item one more', () => {
    expect(readPacked(callWith(arrays(62))).messages).toMatchObject([{ unbindable: false }]);
    expect(readPacked(callWith(arrays(63))).messages).toEqual(unbound);
    expect(readPacked(callWith(maps(62))).messages).toMatchObject([{ unbindable: false }]);
    expect(readPacked(callWith(maps(63))).messages).toEqual(unbound);
    expect(readPacked(itemWith(arrays(63))).messages).toMatchObject([{ item: [expect.any(Array)] }]);
    expect(readPacked(itemWith(arrays(64))).messages).toEqual([
      { type: 2, invocationId: '1', item: null, unbindable: true },
    ]);
  });

  property(
    'a bomb costs its call and nothing else',
    [fc.constantFrom(0x91, 0x81), fc.integer({ min: 63, max: 32_000 })],
    50,
    (head, levels) => {
      const bomb = Buffer.alloc(levels, head);
      const ping = Buffer.from([2, 0x91, 6]);
      expect(readPacked(Buffer.concat([callWith(bomb), ping])).messages).toEqual([...unbound, { type: 6 }]);
      expect(readPacked(Buffer.concat([itemWith(bomb), ping])).messages).toMatchObject([
        { item: null, unbindable: true },
        { type: 6 },
      ]);
    },
  );

  property(
    'is not even looked at in what is skipped',
    [fc.integer({ min: 1, max: 32_000 }), fc.constantFrom(0x91, 0x81)],
    50,
    (levels, head) => {
      const bomb = Buffer.alloc(levels, head);
      // An unknown message type, and more items than a ping has.
      const skipped = Buffer.concat([
        prefixed(Buffer.concat([Buffer.from([0x92, 0x63]), bomb])),
        prefixed(Buffer.concat([Buffer.from([0x92, 6]), bomb])),
      ]);
      expect(readPacked(skipped)).toEqual({ messages: [{ type: 6 }], error: undefined });
      // Headers are texts, so nothing can be nested in them.
      expect(readPacked(prefixed(Buffer.concat([Buffer.from([0x92, 1, 0x81, 0xa1, 0x61]), bomb]))).error).toBe(
        "Reading 'headers[0].Value' as String failed.",
      );
    },
  );
});

describe('a length that nobody has', () => {
  const lengths = fc.constantFrom('7fffffff', 'ffffffff', '80000000', '00ffffff');
  const kinds = fc.constantFrom('c6', 'c9', 'db', 'dd', 'df');

  property(
    'of a value makes nothing but an argument that cannot be read',
    [kinds, lengths, fc.uint8Array({ maxLength: 50 })],
    200,
    (kind, length, rest) => {
      const value = Buffer.concat([Buffer.from(kind + length, 'hex'), rest]);
      expect(readPacked(callWith(value)).messages).toEqual(unbound);
      expect(readPacked(itemWith(value)).messages).toEqual([
        { type: 2, invocationId: '1', item: null, unbindable: true },
      ]);
    },
  );

  test('takes no memory to speak of, however often', () => {
    const records = ['c6', 'c9', 'db', 'dd', 'df'].map((kind) =>
      callWith(Buffer.from(`${kind}7fffffff01020304`, 'hex')),
    );
    // Nested arrays, each with the greatest length.
    const nested = callWith(Buffer.concat(Array(62).fill(Buffer.from('dd7fffffff', 'hex'))));
    const all = Buffer.concat(Array(2_000).fill(Buffer.concat([...records, nested])));
    const before = process.memoryUsage();
    const { messages } = readPacked(all);
    const after = process.memoryUsage();
    expect(messages).toHaveLength(12_000);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 24);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(2 ** 27);
  });
});
