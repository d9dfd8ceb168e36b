import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beginsAsKey, isKeyId, newKey, newMasterKey, readKey } from '../../src/auth/key-format.ts';
import { property } from '../support/property.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const kinds = fc.constantFrom('virtual' as const, 'master' as const);

describe('a key', () => {
  property('is read as it was made', [kinds], 500, (kind) => {
    const { id, text } = newKey(kind);
    expect(text).toMatch(/^sb_[vm]k_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$/);
    expect(readKey(text)).toEqual({ kind, id });
    expect(beginsAsKey(text)).toBe(true);
    expect(isKeyId(id)).toBe(true);
  });

  test('has the CRC32 of everything before it in base62 at its end', () => {
    const { text } = newKey('virtual', 'aB3dE5gH');
    const checksum = [...text.slice(-6)].reduce((sum, digit) => sum * 62 + DIGITS.indexOf(digit), 0);
    expect(checksum).toBe(crc32(text.slice(0, -6)));
    // Made by another program (Python's zlib.crc32), with a checksum that needs its zero.
    const known = `sb_vk_aB3dE5gH_${'1'.padStart(32, '0')}0pN4CQ`;
    expect(readKey(known)).toEqual({ kind: 'virtual', id: 'aB3dE5gH' });
  });

  test('has random bits of which no two are the same', () => {
    const made = Array.from({ length: 2_000 }, () => newKey('virtual'));
    expect(new Set(made.map(({ id }) => id)).size).toBe(made.length);
    const secrets = made.map(({ text }) => text.slice(15, 47));
    expect(new Set(secrets).size).toBe(made.length);
    // Each digit is expected 1,032 times, with a standard deviation of 32: ten of them are never reached by chance.
    const counts = new Map<string, number>();
    for (const digit of secrets.join('')) counts.set(digit, (counts.get(digit) ?? 0) + 1);
    expect([...counts.keys()].sort().join('')).toBe(DIGITS);
    for (const count of counts.values()) expect(Math.abs(count - 64_000 / 62)).toBeLessThan(320);
  });

  test('of a master is one', () => {
    expect(readKey(newMasterKey())?.kind).toBe('master');
  });

  property(
    'with one other character is none',
    [
      kinds,
      fc.nat(52),
      fc.oneof(fc.constantFrom(...DIGITS), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
    ],
    { runs: 2_000, sometimes: ['a digit of ours', 'another character'] },
    (kind, at, other, reached) => {
      const { text } = newKey(kind);
      if (text[at] === other) return;
      reached(DIGITS.includes(other) ? 'a digit of ours' : 'another character');
      expect(readKey(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
    },
  );

  property(
    'with one character more or less is none',
    [kinds, fc.nat(53), fc.constantFrom(...DIGITS)],
    1_000,
    (...given) => {
      const [kind, at, more] = given;
      const { text } = newKey(kind);
      expect(readKey(text.slice(0, at) + more + text.slice(at))).toBeUndefined();
      if (at < text.length) expect(readKey(text.slice(0, at) + text.slice(at + 1))).toBeUndefined();
    },
  );

  property(
    'with two digits that have changed places is none',
    [kinds, fc.nat(51)],
    { runs: 500, sometimes: ['swapped'] },
    (kind, at, reached) => {
      const { text } = newKey(kind);
      const [one, two] = [text[at], text[at + 1]];
      if (one === two) return;
      reached('swapped');
      expect(readKey(`${text.slice(0, at)}${two}${one}${text.slice(at + 2)}`)).toBeUndefined();
    },
  );
});

describe('any text', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 60 }).map((rest) => `sb_vk_${rest}`),
    fc
      .string({ unit: fc.constantFrom(...DIGITS), minLength: 38, maxLength: 38 })
      .map((rest) => `sb_mk_abcdefgh_${rest}`),
  );

  property('is read without an error, and is no key', [texts], 2_000, (text) => {
    expect(readKey(text)).toBeUndefined();
    expect(typeof beginsAsKey(text)).toBe('boolean');
    expect(isKeyId(`${text}_`)).toBe(false);
  });

  test.each(['', 'sb_vk_', 'Sb_vk_', ' sb_vk_aB3dE5gH', `${newMasterKey()}\n`, `${newMasterKey()} `])(
    '%j is no key',
    (text) => {
      expect(readKey(text)).toBeUndefined();
    },
  );
});
