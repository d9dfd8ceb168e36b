import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SerializationError } from '../../src/errors.ts';
import { jsonOf } from '../../src/protocol/json-values.ts';
import { property } from '../support/property.ts';
import { POISONS, wrapper } from './unsendable.ts';

/** A value to be sent, and the value that a client's JSON.parse has to return. */
interface Pair {
  readonly value: unknown;
  readonly reads: unknown;
}

const same = (value: unknown): Pair => ({ value, reads: value });

const leaf: fc.Arbitrary<Pair> = fc.oneof(
  fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null), fc.integer()).map(same),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({ value, reads: value === 0 ? 0 : value })),
  // Not only Buffers: any view, also one into the middle of a larger array.
  fc.uint8Array({ maxLength: 20 }).map((value) => ({ value, reads: btoa(String.fromCharCode(...value)) })),
  fc.uint8Array({ minLength: 2, maxLength: 20 }).map((bytes) => {
    const value = bytes.subarray(1);
    return { value, reads: btoa(String.fromCharCode(...value)) };
  }),
  fc.string().map((text) => ({ value: Buffer.from(text), reads: Buffer.from(text).toString('base64') })),
  fc.date({ noInvalidDate: true }).map((value) => ({ value, reads: value.toISOString() })),
);

const key = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__' && name !== 'toJSON');

const { tree } = fc.letrec<{ tree: Pair }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(fc.option(tie('tree'), { nil: undefined }), { maxLength: 4 }).map((items) => ({
      value: items.map((item) => item?.value),
      // In a list `undefined` becomes null; in an object it is absent.
      reads: items.map((item) => (item === undefined ? null : item.reads)),
    })),
    fc.dictionary(key, fc.option(tie('tree'), { nil: undefined }), { maxKeys: 4 }).map((items) => ({
      value: Object.fromEntries(Object.entries(items).map(([name, item]) => [name, item?.value])),
      reads: Object.fromEntries(
        Object.entries(items).flatMap(([name, item]) => (item === undefined ? [] : [[name, item.reads]])),
      ),
    })),
    // In a list, because JSON.stringify does not call the toJSON of what a toJSON returned.
    tie('tree').map(({ value, reads }) => ({ value: { toJSON: () => [value] }, reads: [reads] })),
  ),
}));

describe('a value as JSON', () => {
  property('reads as the value that was sent', [tree], 500, ({ value, reads }) => {
    expect(JSON.parse(jsonOf(value))).toEqual(reads);
  });

  test('undefined is null: a client has no other word for it', () => {
    expect(jsonOf(undefined)).toBe('null');
    expect(jsonOf({ toJSON: () => undefined })).toBe('null');
    expect(jsonOf([undefined, 1])).toBe('[null,1]');
    expect(jsonOf(new Array(2))).toBe('[null,null]');
  });

  test('bytes are base64 wherever they stand', () => {
    const bytes = new Uint8Array([1, 2, 255]);
    expect(jsonOf(bytes)).toBe('"AQL/"');
    expect(jsonOf([{ bytes }])).toBe('[{"bytes":"AQL/"}]');
    expect(jsonOf({ toJSON: () => bytes })).toBe('"AQL/"');
  });

  test('what the sender changes afterwards does not change what was written', () => {
    const value = { list: [1] };
    const text = jsonOf(value);
    value.list.push(2);
    expect(text).toBe('{"list":[1]}');
  });
});

describe('a value that has no JSON is an error at its sender', () => {
  for (const [name, poison] of Object.entries(POISONS)) {
    property(name, [fc.array(wrapper, { maxLength: 3 })], 30, (wrappers) => {
      const value = wrappers.reduce((inner, wrap) => wrap(inner), poison());
      expect(() => jsonOf(value)).toThrow(SerializationError);
    });
  }
});
