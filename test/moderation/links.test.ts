import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { links } from '../../src/moderation/index.ts';
import { findLinks } from '../../src/moderation/link-scan.ts';
import { property } from '../support/property.ts';
import { outcome } from './asked.ts';

const masked = (text: string) => (outcome(links({ action: 'mask', placeholder: '[L]' }), text) as [string])[0];

describe('a link', () => {
  test.each([
    ['see https://example.com/a?b=c. ok', 'see [L]. ok'],
    ['HTTPS://EXAMPLE.COM', '[L]'],
    ['go to Example.Com!', 'go to [L]!'],
    ['(see www.foo)', '(see [L])'],
    ['пример.рф', '[L]'],
    ['http://münchen.de/ü', '[L]'],
    ['xn--mnchen-3ya.de', '[L]'],
    ['한국.한국 みて例え.みんな', '[L] [L]'],
    ['ex\u200bam\u200dple\u00ad.c\u2060om!', '[L]!'],
    ['h\u200bttps:\u200b/\u200b/x', '[L]'],
    ['ｅｘａｍｐｌｅ．ｃｏｍ', '[L]'],
    ['（example。com）', '（[L]）'],
    ['e\u0301xample.co\u0301m', '[L]'],
    ['example.comは良い', '[L]'],
    ['mail ann.b+c@example.com now', 'mail [L] now'],
    ['user:pw@evil.com', 'user:[L]'],
    ['discord://invite', '[L]'],
    ['http://[::1]/x', '[L]'],
    ['1.2.3.4:80 1.2.3.4/x', '[L] [L]'],
    ['example.co.uk:8080/path,and', '[L]'],
    ['a.com,b.org;c.net', '[L],[L];[L]'],
    ['😀example.com😀', '😀[L]😀'],
    ['👨‍👩‍👧‍👦example.com\u0301👍🏽', '👨‍👩‍👧‍👦[L]👍🏽'],
    ['<a href="http://x.y">', '<a href="[L]">'],
  ])('is found in %s', (text, expected) => {
    expect(masked(text)).toBe(expected);
    expect(outcome(links(), text)).toBe('Links are not allowed here.');
  });

  test.each([
    'hello',
    'v1.2.3 and 3.14',
    'e.g. node.js, i.e. x',
    'ok.Then',
    '1.2.3.4',
    '://',
    'a://',
    '1://x',
    '...',
    'a:b',
    'end.How are you',
    'x@y',
    '',
  ])('is not found in %s', (text) => {
    expect(outcome(links(), text)).toEqual([text]);
  });

  property(
    'is found whatever stands around it, in any case, with invisible characters anywhere',
    [
      fc.constantFrom('example.com', 'https://x', 'www.test', 'пример.рф', 'http://a.b/c'),
      fc.array(fc.tuple(fc.nat(20), fc.constantFrom('\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad')), {
        maxLength: 6,
      }),
      fc.array(fc.boolean(), { minLength: 20, maxLength: 20, size: 'max' }),
      fc.constantFrom('', ' ', '(', '"', '😀', '。', 'e\u0301 '),
      fc.constantFrom('', ' ', ')', '"', '😀', ', x'),
    ],
    { runs: 300 },
    (link, invisible, upper, before, behind) => {
      const cased = [...link].map((char, at) => (upper[at] ? char.toUpperCase() : char));
      for (const [at, char] of invisible) cased.splice(1 + (at % (cased.length - 1)), 0, char);
      const [range, ...others] = findLinks(`${before}${cased.join('')}${behind}`);
      expect(others).toEqual([]);
      expect(range).toBeDefined();
      expect(range?.end).toBeGreaterThanOrEqual(before.length + link.length);
    },
  );
});

// A megabyte of each. With time that grows by the square of the length one of them would take hours.
test.each([
  'a.co ',
  'a',
  '.',
  'a.',
  '://',
  'a://',
  '1://',
  'x.co@',
  '\u200b',
  '\u0301',
  '🇦',
  'क्',
  'a.co🇦',
  'www.',
  'a.co/',
  'a.co,',
  'xn--',
  'é.co ',
  '<',
])('a megabyte of %j is read in one go', (unit) => {
  const text = unit.repeat(Math.floor(2 ** 20 / unit.length));
  expect(typeof masked(text)).toBe('string');
});
