import { describe, expect, test } from 'vitest';
import { isName, nameFrom } from '../../src/hubs/chat/names.ts';
import { HubError } from '../../src/index.ts';

const code = (character: string) => `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;

const ORDINARY: Readonly<Record<string, readonly string[]>> = {
  Latin: [
    'ann',
    'José',
    'Zoë',
    'Łukasz',
    'Dvořák',
    'Nguyễn Thị Hương',
    'Ọ̀ṣun',
    "O'Brien",
    'ʻOkina',
    'Jean-Luc',
    'İpek',
    'ırmak',
  ],
  Greek: ['Βασίλης', 'Ἀχιλλεύς'],
  Cyrillic: ['Ольга', 'Ђорђе', 'Ўктам'],
  Hebrew: ['יוסי', 'שָׁלוֹם', 'מרים כהן'],
  Arabic: ['محمد', 'بِسْمِ ٱللَّهِ', 'فاطمة'],
  'Persian, with ZWNJ': ['علی\u200cرضا', 'می\u200cخواهم', 'رضا'],
  Syriac: ['ܣܘܪܝܝܐ'],
  Thaana: ['ދިވެހި'],
  'Devanagari, with ZWJ and ZWNJ': ['नमस्ते', 'श्री', 'क्\u200dष', 'क्\u200cष'],
  'Bengali, with ZWJ': ['রাজু', 'র\u200d্যাচেল'],
  'Malayalam, with ZWJ at its end': ['രാജന്\u200d', 'ശ്രീ'],
  'Sinhala, with ZWJ': ['ශ්\u200dරී ලංකා'],
  'Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada': ['ਸਿੰਘ', 'ગુજરાતી', 'ଓଡ଼ିଆ', 'தமிழ்', 'తెలుగు', 'ಕನ್ನಡ'],
  'Thai and Lao': ['สมชาย', 'ที่ปรึกษา', 'ເຈົ້າ'],
  'Burmese and Khmer': ['မြန်မာ', 'ညှို့', 'ភាសាខ្មែរ'],
  Tibetan: ['བོད་ཡིག', 'བསྒྲུབས'],
  'Javanese and Balinese': ['ꦗꦮ', 'ᬩᬮᬶ'],
  'Mongolian, with a variation selector and a vowel separator': ['ᠮᠣᠩᠭᠣᠯ', 'ᡥᠠᠨ\u180b', 'ᠠ\u180eᠠ'],
  Korean: ['김철수'],
  Japanese: ['すずき', 'ガｷﾞ', '山田 太郎', '葛\u{e0100}城', 'Ａｄａ'],
  Chinese: ['王小明', '𠮷野'],
  'Amharic, Cherokee, Armenian, Georgian': ['አበበ', 'ᏣᎳᎩ', 'Հայկ', 'გიორგი'],
  'N’Ko, Adlam, Tifinagh': ['ߒߞߏ', '𞤀𞤣𞤤𞤢𞤥', 'ⵣⵉⵔⵉ'],
  emoji: ['👩‍💻', '👨‍👩‍👧‍👦', '❤\ufe0f', '☺\ufe0e', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏳️‍🌈', '🇩🇪', '1\ufe0f\u20e3', '👍🏽', '🧑🏽‍🤝‍🧑🏻', '🕵️‍♀️'],
  'whatever can be seen': ['…', '(^_^)', '<b>', '𝓐𝓷𝓷', 'ﷺ', '7', '\u0600'],
};

describe('a name', () => {
  test.each(Object.entries(ORDINARY))('may be %s, and is shown as it was written', (_script, names) => {
    for (const name of names) {
      expect(nameFrom(name), name).toBe(name.normalize('NFC'));
      expect(nameFrom(name.normalize('NFD')), name).toBe(name.normalize('NFC'));
      expect(isName(nameFrom(name))).toBe(true);
    }
  });

  test.each([
    ['  ann  ', 'ann'],
    ['Ann \u00a0 Lee', 'Ann Lee'],
    ['\u3000山田\u3000太郎\u3000', '山田 太郎'],
    ['e\u0301', 'é'],
  ])('%j is shown as %j', (written, shown) => {
    expect(nameFrom(written)).toBe(shown);
  });

  test('has 40 code points at most, when it is normalised', () => {
    for (const character of ['A', 'é', 'é'.normalize('NFD'), '김'.normalize('NFD'), '😀', '𠮷']) {
      expect(nameFrom(character.repeat(40))).toBe(character.normalize('NFC').repeat(40));
      expect(() => nameFrom(character.repeat(41))).toThrow(new HubError(`The name has 41 characters. ${ALLOWED}`));
    }
    expect(nameFrom(`${'A'.repeat(20)}${' '.repeat(50)}${'B'.repeat(19)}`)).toHaveLength(40);
    expect(() => nameFrom('A'.repeat(1_001))).toThrow(new HubError(`The name is too long. ${ALLOWED}`));
  });

  test.each([
    ['a line feed', '\n', 'a control character'],
    ['a NUL', '\0', 'a control character'],
    ['an escape', '\x1b', 'a control character'],
    ['a control of C1', '\x9b', 'a control character'],
    ['a line separator', '\u2028', 'a control character'],
    ['a right-to-left override', '\u202e', 'which changes the direction of what is written'],
    ['an isolate', '\u2066', 'which changes the direction of what is written'],
    ['a right-to-left mark', '\u200f', 'which changes the direction of what is written'],
    ['an Arabic letter mark', '\u061c', 'which changes the direction of what is written'],
    ['a zero width space', '\u200b', 'which cannot be seen'],
    ['a joiner where nothing joins', '\u200d', 'which cannot be seen'],
    ['a non-joiner where nothing joins', '\u200c', 'which cannot be seen'],
    ['a byte order mark', '\ufeff', 'which cannot be seen'],
    ['a soft hyphen', '\u00ad', 'which cannot be seen'],
    ['a filler of Hangul', '\u3164', 'which cannot be seen'],
    ['the blank of Braille', '\u2800', 'which cannot be seen'],
    ['a null notehead', '\u{1d159}', 'which cannot be seen'],
    ['a variation selector behind a letter without variants', '\ufe0f', 'which cannot be seen'],
    ['a tag', '\u{e0061}', 'which cannot be seen'],
    ['half of a surrogate pair', '\ud83d', 'half of a character'],
    ['a private character', '\ue000', 'which is no character of Unicode'],
    ['an unassigned character', '\u0378', 'which is no character of Unicode'],
  ])('must not contain %s', (_what, character, why) => {
    for (const written of [character, `a${character}`, `${character}a`, `a${character}b`, `${character}${character}`]) {
      expect(() => nameFrom(written)).toThrow(new HubError(`The name contains ${code(character)}, ${why}. ${ALLOWED}`));
    }
  });

  test.each([
    ['a second joiner', 'علی\u200c\u200cرضا'],
    ['a second variation selector', '❤\ufe0f\ufe0f'],
    ['a joiner behind an emoji that joins nothing', '👩\u200dx'],
    ['the tags of a flag that there is not', '🏴\u{e0067}\u{e0062}'],
    ['a Mongolian selector behind a Latin letter', 'a\u180b'],
  ])('must not contain %s', (_what, written) => {
    expect(() => nameFrom(written)).toThrow(/^The name contains U\+[0-9A-F]{4,5}, which cannot be seen\./);
  });

  test.each(['', ' ', '\u3000', '\u00a0'])('is not %j', (written) => {
    expect(() => nameFrom(written)).toThrow(new HubError(`The name is empty. ${ALLOWED}`));
  });

  test.each([
    ['alone', '\u0301'],
    ['at its beginning', '\u0301ann'],
    ['behind a space', 'ann \u0301'],
    ['that is a vowel, alone', '\u0e34'],
  ])('has a letter before each combining mark, so none %s', (_where, written) => {
    expect(() => nameFrom(written)).toThrow(
      new HubError(`The name contains a combining mark without a letter before it. ${ALLOWED}`),
    );
  });

  test.each([
    ['five marks', 'Z\u0335\u0320\u0300\u0301\u0302'],
    ['a mark twice', 'a\u0301\u0301'],
    ['a mark twice, in another order', 'a\u0301\u0323\u0301'],
    ['a mark that the letter has already', '\u1ea1\u0323'],
  ])('has no stack of %s', (_what, written) => {
    expect(() => nameFrom(written)).toThrow(
      new HubError(`The name contains more than 4 combining marks in a row, or one twice. ${ALLOWED}`),
    );
  });

  const ALLOWED = 'A name has 1 to 40 characters that can be seen, of any language, and spaces between them.';
});
