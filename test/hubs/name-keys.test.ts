import { describe, expect, test } from 'vitest';
import { fold, nameKeysOf, skeleton } from '../../src/hubs/chat/name-keys.ts';

/** Whether two names have the same key, so that only one of them may be held at a time. */
const areOne = (one: string, other: string): boolean => {
  const [a, b] = [nameKeysOf(one), nameKeysOf(other)];
  return a.name === b.name || a.look === b.look;
};

describe('names that are one', () => {
  test.each([
    ['case', 'Ann', 'aNN'],
    ['width', 'Ａｎｎ', 'ann'],
    ['full case folding', 'Straße', 'STRASSE'],
    ['the capital of sharp s', 'ẞ', 'ss'],
    ['the final sigma', 'ΟΔΟΣ', 'οδος'],
    ['composition', 'é', 'e\u0301'],
    ['a zero width space', 'ann', 'an\u200bn'],
    ['direction', 'ann', '\u202eann\u202c'],
    ['spaces', 'Ann Lee', 'ann\u00a0 lee'],
    ['Cyrillic', 'ann', '\u0430nn'],
    ['Cyrillic in another case', 'ann', '\u0410nn'],
    ['Greek capitals', 'NINA', 'ΝΙΝΑ'],
    ['a capital I for a small L', 'Alice', 'AIice'],
    ['digits for letters', 'Olli', 'O1li'],
    ['rn for m', 'Emma', 'Ernrna'],
    ['fancy letters', 'Ann', '𝓐𝓷𝓷'],
    ['a dot over a dot', 'mia', 'mi\u0307a'],
    ['a dot over a dot, with one below', 'mịa', 'mi\u0323\u0307a'],
    ['the Turkish capital', 'İpek', 'ipek'],
    ['letters of Arabic, Persian and Urdu', 'کریمی', 'كريمي'],
    ['a non-joiner', 'علی\u200cرضا', 'علیرضا'],
    ['the presentation of an emoji', '❤', '❤\ufe0f'],
  ])('differ in %s only', (_what, one, other) => {
    expect(areOne(one, other)).toBe(true);
  });

  test.each([
    ['ann', 'anne'],
    ['Mai', 'Mal'],
    ['Ken', 'Kev'],
    ['Ali', 'All'],
    ['Jose', 'José'],
    ['guest-1234', 'guest-1243'],
    ['guest-0000', 'guest-6666'],
    ['👍', '👍🏽'],
    ['김', '감'],
    ['シ', 'ツ'],
    ['山田', '山口'],
    ['محمد', 'محمود'],
    ['Ольга', 'Олег'],
  ])('%s and %s are two', (one, other) => {
    expect(areOne(one, other)).toBe(false);
  });
});

test('every character is folded and reduced once: again, nothing changes', () => {
  const unsettled: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    // Skips a million characters that are not assigned or have no variants.
    if (/[\p{C}\p{Unified_Ideograph}\p{Script=Hangul}\p{Script=Tangut}]/u.test(character)) continue;
    const text = `x${character}x`;
    const [folded, reduced] = [fold(text), skeleton(text)];
    if (fold(folded) !== folded || skeleton(reduced) !== reduced) unsettled.push(code.toString(16));
  }
  expect(unsettled).toEqual([]);
});

test('each of ten digits stays itself', () => {
  const digits = Array.from('0123456789');
  expect(new Set(digits.map((digit) => nameKeysOf(digit).name)).size).toBe(10);
});
