import { describe, expect, test } from 'vitest';
import { links, maxLength, OptionsError, profanity, repeats, type TextOptions } from '../../src/moderation/index.ts';
import { message, outcome, outcomeOf } from './asked.ts';

const masks = (options: TextOptions = {}) => links({ action: 'mask', placeholder: '-', ...options });

describe('a moderator looks at', () => {
  test('every text in the arguments, and changes nothing else', () => {
    const when = new Date(0);
    const bytes = new Uint8Array([1]);
    const before = [
      'a.com',
      1,
      null,
      undefined,
      true,
      when,
      bytes,
      ['b.com', { text: 'c.com', same: 'x', deep: [['d.com']] }],
    ];
    expect(outcome(masks(), ...before)).toEqual([
      '-',
      1,
      null,
      undefined,
      true,
      when,
      bytes,
      ['-', { text: '-', same: 'x', deep: [['-']] }],
    ]);
    expect(before[0]).toBe('a.com');
    expect(outcome(masks(), new String('a.com'), { toJSON: () => ({ url: 'b.com' }) })).toEqual(['-', { url: '-' }]);
  });

  test('texts under any name of a property, also under __proto__', () => {
    const hostile = JSON.parse('{"__proto__":{"url":"a.com"},"constructor":"b.com"}');
    const [changed] = outcome(masks(), hostile) as [object];
    expect(JSON.stringify(changed)).toBe('{"__proto__":{"url":"-"},"constructor":"-"}');
    expect(Object.getPrototypeOf(changed)).toBe(Object.prototype);
  });

  test('the methods, the argument and the property that it was given', () => {
    const args = ['a.com', { text: 'b.com', by: { name: 'c.com', url: 'd.com' } }];
    expect(outcome(masks({ methods: ['Told'] }), ...args)).toEqual(args);
    expect(outcome(masks({ methods: ['Told', 'said'], argument: 0 }), ...args)).toEqual(['-', args[1]]);
    expect(outcome(masks({ argument: 7 }), ...args)).toEqual(args);
    expect(outcome(masks({ argument: 1, property: 'text' }), ...args)).toEqual([
      'a.com',
      { text: '-', by: { name: 'c.com', url: 'd.com' } },
    ]);
    expect(outcome(masks({ argument: 1, property: 'by.url' }), ...args)).toEqual([
      'a.com',
      { text: 'b.com', by: { name: 'c.com', url: '-' } },
    ]);
    expect(outcome(masks({ argument: 1, property: 'by' }), ...args)).toEqual([
      'a.com',
      { text: 'b.com', by: { name: '-', url: '-' } },
    ]);
    for (const property of ['none', 'text.none', 'by.none', 'toString'])
      expect(outcome(masks({ argument: 1, property }), ...args)).toEqual(args);
  });

  test('what can be written at all, and no deeper', () => {
    let deep: unknown = 'a.com';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(outcome(masks(), deep)).toEqual([deep]);
  });
});

test('a message without such a text keeps its very arguments', () => {
  const asked = message(['x', { y: ['z'] }]);
  expect(outcomeOf(masks(), asked)).toBe(asked.args);
});

test.each([
  ['maxLength', () => maxLength({} as never), 'maxLength: maximum is missing'],
  ['maxLength', () => maxLength({ maximum: 0 }), 'maxLength: maximum is 0'],
  ['links', () => links({ action: 'hide' as never }), 'links: action is "hide", but it must be one of refuse, mask.'],
  ['links', () => links({ methods: [] }), 'links: methods is []'],
  ['links', () => links({ method: 'Said' } as never), 'links: there is no option method. Did you mean methods?'],
  ['links', () => links({ property: 'text' }), 'links: property is one of an argument, so argument must say which.'],
  ['links', () => links({ argument: -1 }), 'links: argument is -1'],
  [
    'repeats',
    () => repeats({ withinMs: 1_000, action: 'mask' as never }),
    'a text that repeats has no place that could be masked',
  ],
  ['repeats', () => repeats({ withinMs: 1_000, maximumRemembered: 0 }), 'repeats: maximumRemembered is 0'],
  ['profanity', () => profanity({ english: false }), 'profanity: it has nothing to look for'],
  ['profanity', () => profanity({ words: ['two words'] }), 'profanity: words[0] must be one word'],
  [
    'profanity',
    () => profanity({ words: [''] }),
    'profanity: words[0] is "", but it must be a text that is not empty.',
  ],
])('%s refuses options that mean nothing', (_name, make, text) => {
  expect(make).toThrow(OptionsError);
  expect(make).toThrow(text);
});
