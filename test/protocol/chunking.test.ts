import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { cuts, stream } from './arbitraries.ts';
import { byteByByte, cutAt, readChunks } from './reading.ts';

describe('how the bytes are cut does not matter', () => {
  property('whole messages, cut anywhere', [stream({ wild: false }), cuts], 300, (bytes, places) => {
    const lump = readChunks([bytes]);
    expect(lump.error).toBeUndefined();
    expect(readChunks(cutAt(bytes, places))).toEqual(lump);
  });

  property('anything at all, cut anywhere', [stream({ wild: true }), cuts], 500, (bytes, places) => {
    expect(readChunks(cutAt(bytes, places))).toEqual(readChunks([bytes]));
  });

  property('byte by byte', [stream({ wild: true })], 200, (bytes) => {
    expect(readChunks(byteByByte(bytes))).toEqual(readChunks([bytes]));
  });

  // A limit must not depend on the chunks in which the record arrives.
  property(
    'nor does it matter for the limit',
    [stream({ wild: true }), cuts, fc.integer({ min: 1, max: 120 })],
    300,
    (bytes, places, maximumBytes) => {
      expect(readChunks(cutAt(bytes, places), maximumBytes)).toEqual(readChunks([bytes], maximumBytes));
    },
  );

  property('every message of a good stream is read', [stream({ wild: false })], 200, (bytes) => {
    const separators = bytes.filter((byte) => byte === 0x1e).length;
    expect(readChunks([bytes]).messages).toHaveLength(separators);
  });
});
