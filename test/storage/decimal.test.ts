import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDecimal, unitsOf, writeDecimal } from '../../src/storage/rows/decimal.ts';
import { StorageError } from '../../src/storage/storage.ts';
import { decimalTexts, units } from '../support/decimals.ts';
import { property } from '../support/property.ts';

const read = (text: string) => readDecimal(text, 'The amount');

describe('a decimal number', () => {
  test('is read and written exactly', () => {
    for (const [text, expected] of [
      ['0', '0'],
      ['-0', '0'],
      ['-0.000', '0'],
      ['12.500', '12.5'],
      ['100', '100'],
      ['0012', '12'],
      ['-0.05', '-0.05'],
      ['-3', '-3'],
      ['0.000000000000000001', '0.000000000000000001'],
    ] as const)
      expect(writeDecimal(read(text)), text).toBe(expected);
  });

  property('has one shortest form, which is read as the same number', [units], 500, (number) => {
    const text = writeDecimal(number);
    expect(text).toMatch(/^(0|-?(0|[1-9][0-9]*)\.[0-9]*[1-9]|-?[1-9][0-9]*)$/);
    expect(read(text)).toBe(number);
    expect(unitsOf(text)).toBe(number);
  });

  property(
    'is the same number with zeros at its ends',
    [decimalTexts],
    { runs: 500, sometimes: ['shorter', 'below zero', 'with a fraction'] },
    (text, reached) => {
      const written = writeDecimal(read(text));
      reached('shorter', written.length < text.length);
      reached('below zero', written.startsWith('-'));
      reached('with a fraction', written.includes('.'));
      // The longest form of both, and no arithmetic.
      expect(longest(written)).toBe(longest(text));
    },
  );

  property('adds as the digits of both do', [units, units], 500, (a, b) => {
    // A sum may have one more digit than what can be read.
    const sum = unitsOf(writeDecimal(unitsOf(writeDecimal(a)) + unitsOf(writeDecimal(b))));
    expect(sum).toBe(a + b);
  });

  property(
    'is nothing else',
    [
      fc.oneof(
        fc.string(),
        fc.stringMatching(/^[-+. 0-9eE,]{0,50}$/),
        // Nearly too long, or too long.
        fc.stringMatching(/^-?[0-9]{28,32}(\.[0-9]{16,20})?$/),
        decimalTexts,
      ),
    ],
    { runs: 1_000, sometimes: ['good', 'wrong'] },
    (text, reached) => {
      // Without the expression that decides it: digits with at most one point within them.
      const [whole = '', fraction, ...rest] = (text.startsWith('-') ? text.slice(1) : text).split('.');
      const areDigits = (digits: string, most: number) =>
        digits.length > 0 && digits.length <= most && [...digits].every((digit) => '0123456789'.includes(digit));
      const isGood = areDigits(whole, 30) && (fraction === undefined || areDigits(fraction, 18)) && rest.length === 0;
      reached(isGood ? 'good' : 'wrong');
      expect(problemOf(text)).toBe(isGood ? undefined : 'invalid');
    },
  );

  test('is refused with what it is, and what it must be', () => {
    expect(() => read('12,5')).toThrow(
      'The amount is "12,5", but it must be a decimal number as a text, such as "12.345678", ' +
        'with at most 30 digits before the point and 18 behind it.',
    );
    expect(() => read(5 as never)).toThrow('The amount is 5, but it must be a decimal number as a text');
    expect(() => read('9'.repeat(5_000))).toThrow(/^The amount is "9{80}\.\.\.", but/);
  });
});

function problemOf(text: string): string | undefined {
  try {
    read(text);
    return undefined;
  } catch (error) {
    return error instanceof StorageError ? error.problem : String(error);
  }
}

/** A decimal number with all digits that can be kept. */
function longest(text: string): string {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const digits = `${whole.padStart(31, '0')}.${fraction.padEnd(18, '0')}`;
  return `${text.startsWith('-') && /[1-9]/.test(text) ? '-' : ''}${digits}`;
}
