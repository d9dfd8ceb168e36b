import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UploadMessage } from '../../src/connection/mailbox/queued-message.ts';
import { weightOf } from '../../src/connection/mailbox/weight.ts';
import type { Codec } from '../../src/protocol/codec.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';
import { jsonItem, jsonList, packedItem, packedList } from '../hostile/heavy-records.ts';
import { property } from '../support/property.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Parses a record as a mailbox would get it. */
function read(codec: Codec, record: Buffer): UploadMessage {
  const input = new RecordBuffer();
  input.append(record);
  return codec.read(input, { maximumBytes: 65_536, maximumValues: 65_536 }) as UploadMessage;
}

function memory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const COPIES = 20;
/** Memory of one copy, without the share that belongs to the test itself. */
function measured(codec: Codec, record: Buffer): number {
  const kept: UploadMessage[] = [read(codec, record)];
  const before = memory();
  for (let n = 0; n < COPIES; n++) kept.push(read(codec, record));
  const bytes = memory() - before;
  expect(kept).toHaveLength(COPIES + 1);
  return bytes / COPIES;
}

/** Keys that no two objects share, so that each object has a hidden class of its own. */
const shapes = `[${Array.from({ length: 2_500 }, (_, n) => `{"k${n}":0}`).join(',')}]`;
const nested = Buffer.concat([Buffer.alloc(60, 0x91), Buffer.from([0x90])]);

describe('what a message weighs', () => {
  test.for<readonly [string, Codec, Buffer]>([
    ['empty maps', messagePackCodec, packedItem('u', packedList(0x80))],
    ['empty lists', messagePackCodec, packedItem('u', packedList(0x90))],
    ['lists of one', messagePackCodec, packedItem('u', packedList(0x91, 0))],
    ['nested lists', messagePackCodec, packedItem('u', packedList(...nested))],
    ['short texts', messagePackCodec, packedItem('u', packedList(0xa2, 0x61, 0x62))],
    ['maps of one', messagePackCodec, packedItem('u', packedList(0x81, 0xa1, 0x61, 0xc0))],
    ['properties that look like indexes', messagePackCodec, packedItem('u', packedList(0x81, 0xcd, 0x03, 0xe8, 0))],
    ['no bytes', messagePackCodec, packedItem('u', packedList(0xc4, 0))],
    ['bytes', messagePackCodec, packedItem('u', packedList(0xc4, 70, ...Array<number>(70).fill(7)))],
    ['dates', messagePackCodec, packedItem('u', packedList(0xd6, 0xff, 1, 2, 3, 4))],
    ['objects', jsonCodec, jsonItem('u', jsonList('{}'))],
    ['objects in objects', jsonCodec, jsonItem('u', jsonList('{"a":{}}'))],
    ['empty texts', jsonCodec, jsonItem('u', jsonList('""'))],
    ['lists of empty texts', jsonCodec, jsonItem('u', jsonList('[""]'))],
    ['fractions', jsonCodec, jsonItem('u', jsonList('1.5'))],
    ['objects of many shapes', jsonCodec, jsonItem('u', shapes)],
    ['a long text', jsonCodec, jsonItem('u', JSON.stringify('x'.repeat(30_000)))],
    ['a long text with one wide character', jsonCodec, jsonItem('u', JSON.stringify(`${'x'.repeat(30_000)}\u0100`))],
  ])('is no less than the memory that it takes: %s', ([, codec, record]) => {
    expect(measured(codec, record)).toBeLessThan(1.4 * weightOf(read(codec, record)));
  });

  property('is counted value by value, text by text', [fc.jsonValue(), fc.string()], 200, (value, id) => {
    const count = (one: unknown): number => {
      if (typeof one === 'string') return 64 + one.length;
      if (typeof one !== 'object' || one === null) return 64;
      if (Array.isArray(one)) return one.reduce((sum: number, item) => sum + count(item), 64);
      return Object.entries(one).reduce((sum, [key, item]) => sum + count(key) + count(item), 64);
    };
    expect(weightOf({ type: 2, invocationId: id, item: value })).toBe(count(id) + count(value));
    const call = { type: 1, invocationId: undefined, target: id, streamIds: [id], unbindable: false } as const;
    expect(weightOf({ ...call, arguments: [value] })).toBe(count(id) + count([value]) + count([id]));
    expect(weightOf({ type: 3, invocationId: id, result: value })).toBe(count(id) + 64 + count(value));
  });
});
