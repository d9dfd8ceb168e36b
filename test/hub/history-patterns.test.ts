import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HISTORIES, type HistoryOptions, HistoryPatterns } from '../../src/hub/history-options.ts';
import { property } from '../support/property.ts';

const limits = (size: number): HistoryOptions => ({ size, ttlMs: 1 });

/** Size of the first pattern that fits; undefined: none. */
function sizeOf(patterns: Readonly<Record<string, number>>, group: string): number | undefined {
  const options = Object.fromEntries(Object.entries(patterns).map(([pattern, size]) => [pattern, limits(size)]));
  return new HistoryPatterns(options).of(group)?.size;
}

/** What a pattern means, as an expression. */
function expressionOf(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`);
}

/** Texts in which parts overlap and repeat. */
const texts = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 });

describe('patterns of groups', () => {
  test.each([
    ['room:1', 'room:1', true],
    ['room:1', 'room:11', false],
    ['room:1', 'Room:1', false],
    ['room:*', 'room:', true],
    ['room:*', 'room', false],
    ['*', '', true],
    ['*:log', ':log', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*ab*', 'aab', true],
    ['a*b*c', 'abbc', true],
    ['a*b*c', 'acb', false],
    ['a*bc*c', 'abc', false],
    ['a.c', 'abc', false],
    ['*', 'line\nbreak', true],
  ])('%j fits %j: %s', (pattern, group, fits) => {
    expect(sizeOf({ [pattern]: 1 }, group)).toBe(fits ? 1 : undefined);
  });

  test('are tried in their order, and the first that fits counts', () => {
    const patterns = { 'room:vip:*': 1, 'room:*': 2, '*:vip:*': 3 };
    const sizes = ['room:vip:1', 'room:1', 'desk:vip:', 'desk'].map((group) => sizeOf(patterns, group));
    expect(sizes).toEqual([1, 2, 3, undefined]);
    expect(sizeOf({}, 'room')).toBe(undefined);
  });

  test('may have any name that a property may have', () => {
    const given = JSON.parse('{ "__proto__": { "size": 7, "ttlMs": 1 }, "constructor": { "size": 8, "ttlMs": 1 } }');
    const read = HISTORIES.read(given, { call: 'createHub', name: 'history' }) as Record<string, HistoryOptions>;
    const patterns = new HistoryPatterns(read);
    expect(['__proto__', 'constructor', 'toString'].map((group) => patterns.of(group)?.size)).toEqual([
      7,
      8,
      undefined,
    ]);
  });

  property(
    'fit what an expression fits in which each * is anything',
    [texts('ab*'), texts('ab')],
    { runs: 2_000, sometimes: ['several * fit', 'several * do not fit'] },
    (pattern, group, reached) => {
      const fits = expressionOf(pattern).test(group);
      const stars = pattern.split('*').length - 1;
      reached('several * fit', stars > 1 && fits);
      reached('several * do not fit', stars > 1 && !fits);
      expect(sizeOf({ [pattern]: 1 }, group)).toBe(fits ? 1 : undefined);
    },
  );
});
