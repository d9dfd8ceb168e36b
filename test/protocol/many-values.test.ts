import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outlineOf } from '../../src/protocol/json-outline.ts';
import { packed } from '../support/messagepack-records.ts';
import { property } from '../support/property.ts';
import { readPacked, readText } from './reading.ts';

/** Number of values in a parsed value. */
function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + count(inner), 1);
}

/** An object with the lists and objects in it emptied. */
function emptied(object: object): unknown {
  const entries = Object.entries(object).map(([key, value]) => [
    key,
    Array.isArray(value) ? [] : typeof value === 'object' && value !== null ? {} : value,
  ]);
  return JSON.parse(JSON.stringify(Object.fromEntries(entries)));
}

const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });

describe('the outline of a JSON object', () => {
  property(
    'is made when it holds more values than allowed, and then of everything but what its lists and objects hold',
    [object, fc.nat(60), fc.constantFrom(undefined, 1, '\t'), fc.constantFrom('', 'x', '{"more":[1,2,3]}')],
    { runs: 500, sometimes: ['too many values', 'few enough', 'an outline with lists or objects in it'] },
    (value, most, space, behind, reached) => {
      const outline = outlineOf(JSON.stringify(value, undefined, space) + behind, most);
      reached('few enough', outline === undefined);
      reached('too many values', outline !== undefined);
      reached('an outline with lists or objects in it', outline !== undefined && /[[{]/.test(outline.slice(1)));
      expect(outline !== undefined).toBe(count(value) > most);
      if (outline !== undefined) expect(JSON.parse(outline)).toEqual(emptied(value));
    },
  );

  test.each(['{"a":"\\\\","b":[1,2,3]}', '{"a":"\\"[[[","b":[1,2,3]}', '{"a":"[,,,,,","b":[1,2,3]}'])(
    'counts nothing inside texts: %s',
    (text) => {
      expect(outlineOf(text, 6)).toBeUndefined();
      expect(outlineOf(text, 5)).toBe(text.replace('[1,2,3]', '[]'));
    },
  );

  test('of what has no end is no JSON either, and short', () => {
    const outline = outlineOf(`{"a":[${'[],'.repeat(1_000)}`, 100) as string;
    expect(outline).toBe('{"a":[');
  });
});

const MOST = 100;
const many = Array<number>(MOST).fill(0);
const few = Array<number>(MOST - 20).fill(0);
const record = (fields: object) => readText(JSON.stringify(fields), 32_768, MOST);

describe('a record with more values than allowed, in JSON', () => {
  test('is a call that cannot be bound, and is still known by its id', () => {
    const call = { type: 1, invocationId: '1', target: 'm', arguments: [many], streamIds: [] };
    expect(record(call).messages).toMatchObject([{ type: 1, invocationId: '1', target: 'm', unbindable: true }]);
    expect(record({ ...call, arguments: [few] }).messages).toMatchObject([{ unbindable: false }]);
  });
  test('is an item, or a result, that cannot be read', () => {
    expect(record({ type: 2, invocationId: '1', item: many }).messages).toMatchObject([{ type: 2, unbindable: true }]);
    expect(record({ type: 3, invocationId: '1', result: many }).messages).toMatchObject([
      { type: 3, unbindable: true },
    ]);
    expect(record({ type: 2, invocationId: '1', item: few }).messages).toEqual([
      { type: 2, invocationId: '1', item: few },
    ]);
  });
  test('is what it is when nobody looks at them, and skipped when its type is unknown', () => {
    expect(record({ type: 5, invocationId: '1', headers: { a: 'b' }, ballast: many }).messages).toEqual([
      { type: 5, invocationId: '1' },
    ]);
    expect(record({ type: 6, ballast: many })).toEqual({ messages: [{ type: 6 }], error: undefined });
    expect(record({ type: 77, ballast: many })).toEqual({ messages: [], error: undefined });
  });
  test('is no message when its own properties are that many', () => {
    const properties = Object.fromEntries(Array.from({ length: MOST }, (_, n) => [`p${n}`, n]));
    expect(record({ type: 6, ...properties }).error).toMatch(/more than 100 values/);
  });
});

describe('a record with more values than allowed, in MessagePack', () => {
  const read = (...items: readonly unknown[]) => readPacked(packed(...items), 32_768, MOST);

  test('is a call that cannot be bound, and is still known by its id', () => {
    expect(read(1, {}, '1', 'm', [many], []).messages).toMatchObject([
      { type: 1, invocationId: '1', target: 'm', arguments: [], unbindable: true },
    ]);
    expect(read(1, {}, '1', 'm', [few], []).messages).toMatchObject([{ unbindable: false, arguments: [few] }]);
  });
  test('counts what lists and maps hold, in one another and beside one another', () => {
    const nested = Array.from({ length: 10 }, () => ({ a: [1, 2, 3, 4, 5, 6, 7, 8, 9] }));
    expect(read(1, {}, '1', 'm', nested).messages).toMatchObject([{ unbindable: true }]);
    expect(read(1, {}, '1', 'm', nested.slice(0, 8)).messages).toMatchObject([{ unbindable: false }]);
  });
  test('is a call that cannot be bound when the ids of its streams are that many', () => {
    const ids = many.map((_, n) => `s${n}`);
    expect(read(1, {}, '1', 'm', [], ids).messages).toMatchObject([{ streamIds: [], unbindable: true }]);
  });
  test('is an item, or a result, that cannot be read', () => {
    expect(read(2, {}, '1', many).messages).toEqual([{ type: 2, invocationId: '1', item: null, unbindable: true }]);
    expect(read(3, {}, '1', 3, many).messages).toMatchObject([{ type: 3, invocationId: '1', unbindable: true }]);
    expect(read(2, {}, '1', few).messages).toEqual([{ type: 2, invocationId: '1', item: few }]);
  });
  test('is skipped when its type is unknown', () => {
    expect(read(77, many)).toEqual({ messages: [], error: undefined });
  });
});
