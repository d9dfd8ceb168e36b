import { describe, expect, test } from 'vitest';
import { SerializationError } from '../../src/errors.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { jsonOf } from '../../src/protocol/json-values.ts';
import { readText } from './reading.ts';

const TOO_DEEP = 'Error reading JSON: it is nested more than 64 levels deep.';

const arrays = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const objects = (depth: number) => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`;
const alternating = (depth: number): string =>
  depth === 0 ? '0' : depth % 2 === 0 ? `[${alternating(depth - 1)}]` : `{"a":${alternating(depth - 1)}}`;

const SHAPES = { arrays, objects, alternating };

describe('a record nests at most 64 levels, itself included', () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    test(`${name} in an argument`, () => {
      const call = (depth: number) => `{"type":1,"target":"T","arguments":[${shape(depth)}]}`;
      expect(readText(call(62)).error).toBeUndefined();
      expect(readText(call(63)).error).toBe(TOO_DEEP);
    });

    test(`${name} in a property that nobody knows`, () => {
      const ping = (depth: number) => `{"type":6,"future":${shape(depth)}}`;
      expect(readText(ping(63)).messages).toEqual([{ type: 6 }]);
      expect(readText(ping(64)).error).toBe(TOO_DEEP);
    });

    test(`${name} in a message of a type from the future`, () => {
      const future = (depth: number) => `{"type":77,"future":${shape(depth)}}`;
      expect(readText(future(63)).error).toBeUndefined();
      expect(readText(future(64)).error).toBe(TOO_DEEP);
    });

    test(`what is written nests no deeper than what is read: ${name}`, () => {
      const value = (depth: number) => JSON.parse(shape(depth)) as unknown;
      const record = jsonCodec.write({ type: 1, target: 'T', arguments: [value(62)] });
      expect(readText(record.subarray(0, -1)).error).toBeUndefined();
      expect(() => jsonOf(value(63))).toThrow(SerializationError);
    });
  }

  test('brackets in texts do not count, and many brackets side by side neither', () => {
    const text = `{"type":1,"target":"T","arguments":["${'['.repeat(100)}\\"${'{'.repeat(100)}",${'[],'.repeat(100)}1]}`;
    expect(readText(text).error).toBeUndefined();
  });

  test('far beyond the limit it is an error, not a stack overflow', () => {
    expect(readText(`{"type":6,"future":${arrays(10_000)}}`).error).toBe(TOO_DEEP);
    expect(readText(`{"type":6,"future":${'['.repeat(10_000)}`).error).toBe(TOO_DEEP);
  });
});
