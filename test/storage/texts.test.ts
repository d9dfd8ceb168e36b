import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareTexts } from '../../src/storage/memory/text-order.ts';
import { decodeText, decodeTexts, encodeText, encodeTexts } from '../../src/storage/rows/texts.ts';
import { UNUSUAL_TEXTS } from '../../src/testing/unusual-texts.ts';
import { property } from '../support/property.ts';

/** Texts of any units of UTF-16, most of which are unusual. */
const unit = fc.oneof(
  fc.constantFrom('\0', '\x1a', '0', 'd', '8', 'a', 'é', '\ud83d', '\udea6', '\ud800', '\uffff', '\x1a0000'),
  fc.nat(0xffff).map((code) => String.fromCharCode(code)),
);
const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(''));

describe('texts for databases', () => {
  property('come back exactly, and have a form in UTF-8 without U+0000', [text], 2_000, (given) => {
    const encoded = encodeText(given);
    expect(encoded.isWellFormed()).toBe(true);
    expect(encoded).not.toContain('\0');
    expect(decodeText(encoded)).toBe(given);
  });

  property('have one form each', [text, text], 2_000, (a, b) => {
    expect(encodeText(a) === encodeText(b)).toBe(a === b);
    expect(compareTexts(a, b) === 0).toBe(a === b);
  });

  property('are the same when they are ordinary', [fc.string({ unit: 'grapheme' })], 500, (given) => {
    const ordinary = given.replaceAll(/[\0\x1a]/g, '');
    expect(encodeText(ordinary)).toBe(ordinary);
    expect(decodeText(ordinary)).toBe(ordinary);
  });

  test('stand there as U+001A and the digits of a unit, where it cannot be kept', () => {
    expect(encodeText('a\0b\ud800\x1a🚆')).toBe('a\x1a0000b\x1ad800\x1a001a🚆');
  });

  test('are left alone where U+001A is followed by no digits', () => {
    expect(decodeText('\x1a\x1axyz0 \x1a00')).toBe('\x1a\x1axyz0 \x1a00');
  });
});

describe('texts within data', () => {
  test('are changed in copies of lists and objects', () => {
    const given = { a: ['\0', 1, null, { b: '\ud800' }], c: 'c', d: undefined };
    const encoded = encodeTexts(given);
    expect(encoded).toEqual({ a: ['\x1a0000', 1, null, { b: '\x1ad800' }], c: 'c', d: undefined });
    expect(given).toEqual({ a: ['\0', 1, null, { b: '\ud800' }], c: 'c', d: undefined });
    expect(decodeTexts(encoded)).toEqual(given);
    expect(encodeTexts(UNUSUAL_TEXTS)).toEqual(UNUSUAL_TEXTS.map(encodeText));
  });

  test('are in the same data when none is unusual, and bytes stay as they are', () => {
    const data = { list: ['a', { b: 'é' }], bytes: new Uint8Array([0, 26]), nothing: Object.create(null) as object };
    expect(encodeTexts(data)).toBe(data);
    expect(decodeTexts(data)).toBe(data);
    const bytes = Buffer.from('\0');
    expect(encodeTexts(['\0', bytes])[1]).toBe(bytes);
  });
});

test('texts are ordered by their code points', () => {
  const ordered = ['', '\ud800', 'A', 'B', 'a', 'é', '\ufffd', '\uffff', '\u{10000}', '\u{10ffff}'];
  expect(ordered.toReversed().sort(compareTexts)).toEqual(ordered);
});
