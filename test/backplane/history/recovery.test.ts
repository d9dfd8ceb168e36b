import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recoveryOf, refusalOf, unrecovered } from '../../../src/backplane/history/recovery.ts';
import type { KeptMessage } from '../../../src/index.ts';
import { property } from '../../support/property.ts';

const NEWEST = { epoch: 'e', last: 10 };
const messageOf = ({ offset }: { readonly offset: number }) => ({ position: { epoch: 'e', offset } }) as KeptMessage;

describe('a recovery', () => {
  test.each([
    [{ epoch: 'e', offset: 10 }, 1, undefined],
    [{ epoch: 'e', offset: 7 }, 3, undefined],
    [{ epoch: 'e', offset: 7 }, 2, 'limit'],
    [{ epoch: 'e', offset: 0 }, 10, undefined],
    [{ epoch: 'e', offset: 11 }, 300, 'unknown'],
    [{ epoch: 'd', offset: 10 }, 300, 'epoch'],
    [{ epoch: 'd', offset: 11 }, 300, 'epoch'],
    [{ epoch: 'd', offset: 0 }, 1, 'epoch'],
  ])('from %j with the limit %d is refused with: %s', (from, limit, reason) => {
    expect(refusalOf(from, NEWEST, limit)).toBe(reason);
  });

  test('that is refused tells the newest position, if it is known', () => {
    const refused = { recovered: false, reason: 'trimmed', messages: [] };
    expect(unrecovered('trimmed', NEWEST)).toEqual({ ...refused, position: { epoch: 'e', offset: 10 } });
    expect(unrecovered('trimmed', undefined)).toEqual({ ...refused, position: undefined });
  });

  property(
    'is whole: each message behind the position once, in order, or none of them',
    [fc.nat(6), fc.nat(6), fc.array(fc.nat(8), { maxLength: 7 })],
    {
      runs: 2_000,
      examples: [[2, 3, [3, 4, 5]]],
      sometimes: ['it is whole', 'it has a hole', 'it is whole and empty'],
    },
    (after, missing, offsets, reached) => {
      const last = after + missing;
      const wanted = Array.from({ length: missing }, (_, at) => after + 1 + at);
      const given = offsets.length === 0 ? wanted : offsets;
      const isWhole = given.length === wanted.length && given.every((offset, at) => offset === wanted[at]);
      const entries = given.map((offset) => ({ offset }));
      const recovery = recoveryOf(after, { epoch: 'e', last }, entries, messageOf);
      reached('it is whole', isWhole && missing > 0);
      reached('it is whole and empty', isWhole && missing === 0);
      reached('it has a hole', !isWhole && given.length === wanted.length);
      const position = { epoch: 'e', offset: last };
      expect(recovery).toEqual(
        isWhole
          ? { recovered: true, messages: entries.map(messageOf), position }
          : { recovered: false, reason: 'trimmed', messages: [], position },
      );
    },
  );
});
