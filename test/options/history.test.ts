import { describe, expect, test } from 'vitest';
import { type AnyHubDefinition, OptionsError, setupHub } from '../../src/index.ts';

/** The option as plain JavaScript may pass it. */
function createHub(history: unknown): AnyHubDefinition {
  const loose = setupHub({}) as unknown as { createHub(parts: object): AnyHubDefinition };
  return loose.createHub({ methods: {}, history });
}

const LIMITS = { size: 10, ttlMs: 1_000 };

describe('the option history of a hub', () => {
  test.each([
    ['no object', 5, /history is 5, but it must be limits by patterns of group names/],
    ['a list', [LIMITS], /history is \[an object\], but it must be limits by patterns/],
    ['a map', new Map([['room', LIMITS]]), /history is a Map, but it must be limits by patterns/],
    ['an empty pattern', { '': LIMITS }, /history \(a pattern\) is "", but it must be a text of 1 to 1000 characters/],
    [
      'a pattern that is too long',
      { ['x'.repeat(1_001)]: LIMITS },
      /history \(a pattern\) is "xxx.*1 to 1000 characters/,
    ],
    ['no limits', { room: true }, /history\["room"\] is true, but it must be an object of size, ttlMs/],
    ['nothing', { room: undefined }, /history\["room"\] is missing\. It must be an object of size, ttlMs/],
    [
      'no size',
      { room: { ttlMs: 1 } },
      /history\["room"\]\.size is missing\. It must be a whole number from 1 to 100000/,
    ],
    ['no time', { room: { size: 1 } }, /history\["room"\]\.ttlMs is missing\. It must be a whole number from 1 to/],
    ['a size of none', { room: { ...LIMITS, size: 0 } }, /\.size is 0, but it must be a whole number from 1 to 100000/],
    ['a size that is too large', { room: { ...LIMITS, size: 100_001 } }, /\.size is 100001, but it must be/],
    ['a broken size', { room: { ...LIMITS, size: 1.5 } }, /\.size is 1\.5, but it must be a whole number/],
    ['a size as a text', { room: { ...LIMITS, size: '10' } }, /\.size is "10", but it must be a whole number/],
    ['no time at all', { room: { ...LIMITS, ttlMs: 0 } }, /\.ttlMs is 0, but it must be a whole number from 1 to/],
    ['a time without end', { room: { ...LIMITS, ttlMs: Infinity } }, /\.ttlMs is Infinity, but it must be/],
    [
      'a misspelt limit',
      { room: { ...LIMITS, ttlms: 5 } },
      /there is no option history\["room"\]\.ttlms\. Did you mean ttlMs\?/,
    ],
    ['the second of two', { room: LIMITS, 'b:*': { size: 1 } }, /history\["b:\*"\]\.ttlMs is missing/],
  ])('refuses %s', (_what, history, text) => {
    expect(() => createHub(history)).toThrow(OptionsError);
    expect(() => createHub(history)).toThrow(text);
  });

  test('takes limits up to the largest', () => {
    for (const limits of [
      { size: 1, ttlMs: 1 },
      { size: 100_000, ttlMs: 2_147_483_647 },
    ])
      expect(() => createHub({ ['x'.repeat(1_000)]: limits })).not.toThrow();
    expect(() => createHub(undefined)).not.toThrow();
    expect(() => createHub({})).not.toThrow();
  });
});
