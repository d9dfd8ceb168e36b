import { decode, ExtData, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SerializationError } from '../../src/errors.ts';
import type { Codec } from '../../src/protocol/codec.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import type { StreamItemMessage } from '../../src/protocol/messages.ts';
import { officiallyRead, packed, prefixed } from '../support/messagepack-records.ts';
import { property } from '../support/property.ts';
import { readPacked, withoutProto } from './reading.ts';
import { POISONS, wrapper } from './unsendable.ts';

const send = (value: unknown): Buffer => messagePackCodec.write({ type: 2, invocationId: '1', item: value });
/** The value that the official JavaScript client decodes. */
const received = (value: unknown): unknown => (officiallyRead(send(value))[0] as { item?: unknown }).item;
/** The value that the server decodes from an item of a client. */
const taken = (record: Buffer): unknown => {
  const { item, unbindable } = readPacked(record).messages[0] as StreamItemMessage;
  return unbindable ? undefined : item;
};
const item = (digits: string): unknown =>
  taken(prefixed(Buffer.from(`940280a131${digits.replaceAll(' ', '')}`, 'hex')));

/** A value to be sent, and the value that a client has to get. */
interface Pair {
  readonly value: unknown;
  readonly reads: unknown;
}

const same = (value: unknown): Pair => ({ value, reads: value });
const bytes = fc.uint8Array({ maxLength: 20 });

const leaf: fc.Arbitrary<Pair> = fc.oneof(
  fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null)).map(same),
  fc.oneof(fc.integer(), fc.maxSafeInteger()).map(same),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({ value, reads: value === 0 ? 0 : value })),
  bytes.map(same),
  bytes.map((value) => ({ value: Buffer.from(value), reads: value })),
  fc.uint8Array({ minLength: 2, maxLength: 20 }).map((all) => ({ value: all.subarray(1), reads: all.slice(1) })),
  fc.date({ noInvalidDate: true }).map(same),
);

const key = fc.string().filter((name) => name !== '__proto__' && name !== 'toJSON');

const { tree } = fc.letrec<{ tree: Pair }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(fc.option(tie('tree'), { nil: undefined }), { maxLength: 4 }).map((items) => ({
      value: items.map((one) => one?.value),
      reads: items.map((one) => (one === undefined ? null : one.reads)),
    })),
    fc.dictionary(key, fc.option(tie('tree'), { nil: undefined }), { maxKeys: 4 }).map((items) => ({
      value: Object.fromEntries(Object.entries(items).map(([name, one]) => [name, one?.value])),
      reads: Object.fromEntries(
        Object.entries(items).flatMap(([name, one]) => (one === undefined ? [] : [[name, one.reads]])),
      ),
    })),
    tie('tree').map(({ value, reads }) => ({ value: { toJSON: () => [value] }, reads: [reads] })),
  ),
}));

describe('a value as MessagePack', () => {
  property('reads as the value that was sent', [tree], 500, ({ value, reads }) => {
    expect(received(value)).toEqual(reads);
  });

  property('comes back as it was sent by a client', [tree], 500, ({ reads }) => {
    expect(taken(packed(2, {}, '1', reads))).toEqual(reads);
  });

  test('bytes are bytes wherever they stand, and a hub gets its own', () => {
    const three = Uint8Array.of(1, 2, 255);
    expect(send(three).toString('hex')).toContain('c403' + '0102ff');
    expect(received([{ three }, { toJSON: () => three }])).toEqual([{ three }, three]);
    const got = taken(packed(2, {}, '1', [three, 'secret'])) as [Uint8Array, string];
    expect(got[0].constructor).toBe(Uint8Array);
    expect(got[0].buffer.byteLength).toBe(3);
  });

  test('other views are what JSON makes of them, since their bytes mean something else elsewhere', () => {
    expect(received(Float64Array.of(0.5))).toEqual({ 0: 0.5 });
    expect(received([new DataView(new ArrayBuffer(2)), new ArrayBuffer(2)])).toEqual([{}, {}]);
  });

  test('a date is a timestamp, in each of its three lengths, and back', () => {
    const rows = [
      ['d6ff' + '5ac7a890', new Date('2018-04-06T17:04:16Z')],
      ['d7ff' + '003d0900' + '00000001', new Date(1_001)],
      ['c70cff' + '3b023380' + 'ffffffffffffffff', new Date(-10)],
    ] as const;
    for (const [digits, date] of rows) {
      expect(send(date).toString('hex').endsWith(`a131${digits}`), digits).toBe(true);
      expect(item(digits), digits).toEqual(date);
    }
    for (const date of [new Date(8.64e15), new Date(-8.64e15), new Date(2 ** 34 * 1000), new Date(0)]) {
      expect(received(date)).toEqual(date);
      expect(taken(packed(2, {}, '1', date))).toEqual(date);
    }
  });

  test('a date that is none is null; one with a toJSON of its own is what that says', () => {
    expect(received([new Date(Number.NaN)])).toEqual([null]);
    const labelled = Object.assign(new Date(0), { toJSON: () => 'the beginning' });
    expect(received([labelled])).toEqual(['the beginning']);
  });

  test('what looks like the extension of somebody is an object', () => {
    expect(received(new ExtData(5, Uint8Array.of(1)))).toEqual({ type: 5, data: Uint8Array.of(1) });
  });

  test('a boxed value is its value, a number that is no safe integer a float', () => {
    expect(received([new Number(1), new String('a'), new Boolean(false)])).toEqual([1, 'a', false]);
    expect(send(2 ** 53 - 1).toString('hex')).toContain('cf001fffffffffffff');
    expect(send(2 ** 53).toString('hex')).toContain('cb4340000000000000');
    expect(send(-0).toString('hex')).toMatch(/a13100$/);
  });

  test('half a character is written as the sign for one that is missing, in keys as well', () => {
    expect(received({ '\ud800': `${'long'.repeat(30)}\udfff` })).toEqual({ '\ufffd': `${'long'.repeat(30)}\ufffd` });
  });

  test('__proto__ is left out: the official client would refuse the whole message', () => {
    const hostile = JSON.parse('{"a":1,"__proto__":{"b":2},"c":[{"__proto__":3}]}') as unknown;
    expect(received(hostile)).toEqual({ a: 1, c: [{}] });
    // Values that a client with MessagePack can send.
    const dated = Object.defineProperty({}, '__proto__', { value: new Date(0), enumerable: true });
    expect(received(dated)).toEqual({});
    expect(() => officiallyRead(packed(2, {}, '1', hostile))).toThrow('__proto__');
  });

  test('what the sender changes afterwards does not change what was written, nor does the next message', () => {
    const value = { list: [1] };
    const written = send(value);
    value.list.push(2);
    send('x'.repeat(200_000));
    expect(officiallyRead(written)).toMatchObject([{ item: { list: [1] } }]);
  });
});

describe('a value of a client', () => {
  test('each format of the specification', () => {
    const rows: readonly (readonly [string, unknown])[] = [
      ['7f', 127],
      ['e0', -32],
      ['cc ff', 255],
      ['cd ffff', 65_535],
      ['ce ffffffff', 4_294_967_295],
      ['cf 001fffffffffffff', Number.MAX_SAFE_INTEGER],
      ['d0 80', -128],
      ['d1 8000', -32_768],
      ['d2 80000000', -2_147_483_648],
      ['d3 ffe0000000000001', Number.MIN_SAFE_INTEGER],
      ['ca 3f000000', 0.5],
      ['cb 3fe0000000000000', 0.5],
      ['cb 7ff8000000000000', Number.NaN],
      ['ca ff800000', Number.NEGATIVE_INFINITY],
      ['a2 c3a9', 'é'],
      ['d9 02 c3a9', 'é'],
      ['da 0002 c3a9', 'é'],
      ['db 00000002 c3a9', 'é'],
      // Also when the client sent the character itself.
      ['a3 efbfbd', '\ufffd'],
      ['c4 01 ff', Uint8Array.of(255)],
      ['c5 0001 ff', Uint8Array.of(255)],
      ['c6 00000001 ff', Uint8Array.of(255)],
      ['92 c2 c3', [false, true]],
      ['dc 0001 c0', [null]],
      ['dd 00000001 c0', [null]],
      ['81 a1 61 01', { a: 1 }],
      ['de 0001 a1 61 01', { a: 1 }],
      ['df 00000001 a1 61 01', { a: 1 }],
      // Number keys, as in dictionaries of .NET, become names as in JSON.
      ['83 01 c0 cb 3fe0000000000000 c0 ff c0', { '1': null, '0.5': null, '-1': null }],
      ['d6 ff 00000001', new Date(1_000)],
      ['d7 ff 003d0900 00000001', new Date(1_001)],
      ['c7 0c ff 000f4240 ffffffffffffffff', new Date(-999)],
      ['c8 000c ff 00000000 0000000000000000', new Date(0)],
      ['c9 00000004 ff 00000001', new Date(1_000)],
      // A Date cannot hold ten nanoseconds.
      ['c7 0c ff 0000000a ffffffffffffffff', new Date(-1_000)],
    ];
    for (const [digits, value] of rows) expect(item(digits), digits).toEqual(value);
  });

  property('64-bit integers are the nearest number', [fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n)], 200, (integer) => {
    const digits = BigInt.asUintN(64, integer).toString(16).padStart(16, '0');
    expect(item(`${integer < 0n ? 'd3' : 'cf'}${digits}`)).toBe(Number(integer));
  });

  test('what JavaScript does not have is none', () => {
    const rows = [
      'c1',
      'd4 00 00',
      'd6 fe 00000001',
      'c7 00 ff',
      'd4 ff 00',
      'd5 ff 0000',
      'd8 ff 00000000000000000000000000000000',
      'c7 05 ff 0000000000',
      // A thousand million nanoseconds, and a year that a Date cannot hold.
      'd7 ff ee6b2800 00000000',
      'c7 0c ff 3b9aca00 0000000000000000',
      'c7 0c ff 00000000 7fffffffffffffff',
      '81 c4 01 00 00',
      '81 d6 ff 00000001 00',
    ];
    for (const digits of rows) expect(item(digits), digits).toBeUndefined();
  });

  property('broken UTF-8 is none, whatever stands around it', [fc.uint8Array({ maxLength: 60 })], 300, (some) => {
    const text = Buffer.concat([Buffer.from([0x94, 2, 0x80, 0xa1, 0x31, 0xd9, some.length]), some, Buffer.from('z')]);
    let meant: string | undefined;
    try {
      meant = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(some);
    } catch {}
    expect(taken(prefixed(text))).toBe(meant);
  });

  property('the library reads the same', [fc.jsonValue({ maxDepth: 4 })], 200, (value) => {
    const plain = encode(withoutProto(value));
    expect(taken(prefixed(Buffer.concat([Buffer.from([0x94, 2, 0x80, 0xa1, 0x31]), plain])))).toEqual(decode(plain));
  });
});

describe('a value that no protocol can write is an error at its sender', () => {
  for (const [name, poison] of Object.entries(POISONS)) {
    property(name, [fc.array(wrapper, { maxLength: 3 })], 30, (wrappers) => {
      const value = wrappers.reduce((inner, wrap) => wrap(inner), poison());
      expect(() => send(value)).toThrow(SerializationError);
    });
  }

  test('a BigInt in a box', () => {
    expect(() => send([Object(1n)])).toThrow(SerializationError);
  });

  const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  });

  // Otherwise a client with the other protocol would change what a sender may send.
  property(
    'in both, or in neither',
    [fc.oneof(anything, fc.integer({ min: 1, max: 70 }).map(nested))],
    500,
    (value) => {
      const outcome = (codec: Codec) => {
        try {
          codec.write({ type: 1, target: 'T', arguments: [value] });
          return 'written';
        } catch (error) {
          expect(error).toBeInstanceOf(SerializationError);
          return 'refused';
        }
      };
      expect(outcome(messagePackCodec)).toBe(outcome(jsonCodec));
    },
  );
});
