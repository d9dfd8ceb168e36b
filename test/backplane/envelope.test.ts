import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Envelope,
  type EnvelopeFault,
  Envelopes,
  MAXIMUM_ENVELOPE_BYTES,
} from '../../src/backplane/wire/envelope.ts';
import { newBootId } from '../../src/ids.ts';
import { property } from '../support/property.ts';

const FAULTS: readonly unknown[] = ['too-large', 'version', 'unsigned', 'forged', 'signed', 'malformed'];
const BOOT = newBootId();
const plain = new Envelopes(BOOT, undefined);
const signed = new Envelopes(BOOT, 'a secret');
const ONE = { number: 1, previous: 0, items: [[1, 'x']] };

const item = fc.array(
  fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.constant(null), fc.uint8Array(), fc.array(fc.string())),
);
const content = fc
  .record({ number: fc.integer({ min: 1, max: 2 ** 40 }), before: fc.nat(), items: fc.array(item) })
  .map(({ number, before, items }) => ({ number, previous: before % number, items }));

function faultOf(read: Envelope | EnvelopeFault): unknown {
  return typeof read === 'string' ? read : undefined;
}

describe('an envelope', () => {
  property('is read as it was written, signed and not', [content, fc.string()], 200, (envelope, channel) => {
    for (const envelopes of [plain, signed]) {
      const bytes = envelopes.write(channel, envelope);
      expect(envelopes.isOwn(bytes)).toBe(true);
      expect(new Envelopes(newBootId(), undefined).isOwn(bytes)).toBe(false);
      expect(envelopes.read(channel, bytes)).toEqual({ bootId: BOOT, ...envelope });
    }
  });

  test('with a signature is read only on its channel, as it is, and by those with its secret', () => {
    const bytes = signed.write('a', ONE);
    expect(signed.read('b', bytes)).toBe('forged');
    expect(new Envelopes(newBootId(), 'another secret').read('a', bytes)).toBe('forged');
    expect(plain.read('a', bytes)).toBe('signed');
    expect(signed.read('a', plain.write('a', ONE))).toBe('unsigned');
    expect(new Envelopes(newBootId(), 'a secret').read('a', bytes)).toMatchObject(ONE);
  });

  property(
    'with a signature is not read when one bit of it is another one',
    [content, fc.nat(), fc.nat(7)],
    300,
    (envelope, at, bit) => {
      const bytes = signed.write('c', envelope);
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit);
      expect(['forged', 'version', 'unsigned', 'malformed']).toContain(faultOf(signed.read('c', bytes)));
    },
  );

  property(
    'with a signature is not that of another channel, sender and content with the same bytes behind each other',
    [fc.string({ minLength: 1, maxLength: 6 }), fc.nat(5)],
    100,
    (channel, cut) => {
      const moved = channel.slice(0, cut % channel.length);
      expect(faultOf(signed.read(moved, signed.write(channel, ONE)))).toBe('forged');
    },
  );

  test('of another version is left out, whatever follows', () => {
    const bytes = plain.write('c', ONE);
    for (const version of [0, 2, 255]) {
      bytes[0] = version;
      expect(plain.read('c', bytes)).toBe('version');
    }
  });

  test('of an unknown kind, without a sender, or with numbers that cannot be is malformed', () => {
    const bytes = plain.write('c', ONE);
    bytes[1] = 2;
    expect(plain.read('c', bytes)).toBe('malformed');
    const nobody = new Envelopes('', undefined);
    expect(nobody.read('c', nobody.write('c', ONE))).toBe('malformed');
    for (const [number, previous] of [
      [0, 0],
      [1, 1],
      [1, 2],
      [1.5, 0],
      [3, -1],
      [2 ** 53, 0],
      [1, '0'],
    ] as [number, number][]) {
      expect(plain.read('c', plain.write('c', { number, previous, items: [] }))).toBe('malformed');
    }
    expect(plain.read('c', plain.write('c', { number: 1, previous: 0, items: 'x' as never }))).toBe('malformed');
  });

  test('is not read when it is longer than any of ours', () => {
    const bytes = Buffer.alloc(MAXIMUM_ENVELOPE_BYTES + 1);
    plain.write('c', ONE).copy(bytes);
    expect(plain.read('c', bytes)).toBe('too-large');
    expect(plain.read('c', bytes.subarray(1))).not.toBe('too-large');
  });

  property('of random bytes throws nothing', [fc.uint8Array({ maxLength: 200 })], 500, (bytes) => {
    for (const envelopes of [plain, signed]) {
      const read = envelopes.read('c', bytes);
      if (typeof read === 'string') expect(FAULTS).toContain(read);
      else expect(read.items).toBeInstanceOf(Array);
    }
    expect(typeof signed.read('c', bytes)).toBe('string');
  });

  property(
    'that was changed throws nothing, and is whole if it is read',
    [content, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }), fc.nat(40)],
    500,
    (envelope, changes, cut) => {
      const bytes = plain.write('c', envelope);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const read = plain.read('c', bytes.subarray(0, bytes.length - (cut % bytes.length)));
      if (typeof read === 'string') return;
      expect(read.bootId).not.toBe('');
      expect(read.number).toBeGreaterThan(read.previous);
      expect(read.previous).toBeGreaterThanOrEqual(0);
      expect(read.items).toBeInstanceOf(Array);
    },
  );
});
