import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countOf, cut, replaceRanges } from '../../src/moderation/clusters.ts';
import { maxLength } from '../../src/moderation/index.ts';
import { property } from '../support/property.ts';
import { outcome } from './asked.ts';

const FAMILY = '👨‍👩‍👧‍👦';
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Texts of letters, accents, flags, families, Indic conjuncts, half surrogates and line ends, also longer than a block. */
const texts = fc
  .array(
    fc.constantFrom(
      'a',
      'é',
      'e\u0301',
      '\u0301',
      '🇩🇪',
      '🇩',
      FAMILY,
      '👍🏽',
      'क्',
      'ष',
      '한',
      '\ud83d',
      '\u200d',
      '\r\n',
      ' ',
    ),
    {
      maxLength: 400,
      size: 'max',
    },
  )
  .map((parts) => parts.join(''));
/** Characters of a text, as the platform splits the whole. */
const split = (text: string) => Array.from(segmenter.segment(text), ({ segment }) => segment);

describe('the length of a text', () => {
  test('is what a person counts', () => {
    expect(['', 'abc', 'e\u0301', FAMILY, '🇩🇪🇫🇷', '👍🏽!', 'a\r\n'].map(countOf)).toEqual([0, 3, 1, 1, 2, 2, 2]);
    const limit = maxLength({ maximum: 3 });
    expect(outcome(limit, FAMILY.repeat(3))).toEqual([FAMILY.repeat(3)]);
    expect(outcome(limit, FAMILY.repeat(4))).toBe('The text is too long: it may have 3 characters.');
    expect(outcome(maxLength({ maximum: 1, refusal: 'Kürzer!' }), 'ab')).toBe('Kürzer!');
    expect(outcome(maxLength({ maximum: 2, action: 'mask' }), `${FAMILY}e\u0301x`)).toEqual([`${FAMILY}e\u0301`]);
  });

  test('has a limit in units, too: a letter with a million accents is not one character', () => {
    const towering = `a${'\u0301'.repeat(1_000_000)}`;
    expect(countOf(towering)).toBeGreaterThan(60_000);
    expect(outcome(maxLength({ maximum: 1_000, action: 'mask' }), `ok ${towering}`)).toEqual([
      expect.stringMatching(/^ok a?\u0301*$/),
    ]);
    expect(
      (outcome(maxLength({ maximum: 1_000, action: 'mask' }), towering) as [string])[0].length,
    ).toBeLessThanOrEqual(16_000);
  });

  property(
    'is cut between two characters, and as late as may be',
    [texts, fc.integer({ min: 1, max: 500 })],
    { runs: 300, sometimes: ['it is cut', 'it is longer than a block'] },
    (text, maximum, reached) => {
      const kept = cut(text, maximum);
      const characters = split(text);
      reached('it is cut', kept.length < text.length);
      reached('it is longer than a block', kept.length > 256);
      // No character here is as long as a block, or as what counts twice, unless accents have joined to one.
      if (characters.some(({ length }) => length > 16)) return;
      expect(kept).toBe(characters.slice(0, maximum).join(''));
    },
  );
});

describe('a masked text', () => {
  property(
    'keeps every character that no range touches, and none that one does',
    [texts, fc.array(fc.tuple(fc.nat(2_000), fc.integer({ min: 1, max: 9 })), { maxLength: 12 })],
    { runs: 300, sometimes: ['something is masked', 'a range begins within a character'] },
    (text, places, reached) => {
      const ranges = places
        .map(([start, length]) => ({ start, end: Math.min(text.length, start + length) }))
        .filter(({ start, end }) => start < end)
        .sort((a, b) => a.start - b.start);
      const characters = split(text);
      if (characters.some(({ length }) => length > 200)) return;
      let at = 0;
      const isHidden = characters.map((character) => {
        const start = at;
        const end = start + character.length;
        at = end;
        reached(
          'a range begins within a character',
          ranges.some((range) => range.start > start && range.start < end),
        );
        return ranges.some((range) => range.start < end && range.end > start);
      });
      reached('something is masked', isHidden.includes(true));
      const masked = replaceRanges(text, ranges, (hidden) => `<${split(hidden).length}>`);
      const kept = masked.split(/<\d+>/).join('');
      expect(kept).toBe(characters.filter((_, index) => !isHidden[index]).join(''));
      const hidden = [...masked.matchAll(/<(\d+)>/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      expect(hidden).toBe(isHidden.filter(Boolean).length);
    },
  );
});
