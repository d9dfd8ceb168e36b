import { describe, expect, test } from 'vitest';
import { SeenPositions } from '../../../src/backplane/history/seen-positions.ts';

const EVERY = Number.MAX_SAFE_INTEGER;

function seen(...positions: readonly (readonly [epoch: string, offset: number])[]): SeenPositions {
  const some = new SeenPositions();
  for (const [epoch, offset] of positions) some.begin({ epoch, offset });
  return some;
}

describe('the positions of a log that a node has seen', () => {
  test('are none at first, then the highest of the present epoch', () => {
    const some = seen();
    expect(some.all).toEqual([]);
    for (const offset of [3, 7, 5]) some.saw({ epoch: 'a', offset });
    expect(some.all).toEqual([{ epoch: 'a', offset: 7 }]);
  });

  test('are not changed by those of an epoch that has not begun here', () => {
    const some = seen(['a', 2]);
    some.saw({ epoch: 'b', offset: 9 });
    expect(some.all).toEqual([{ epoch: 'a', offset: 2 }]);
  });

  test('of an epoch that has ended are all of them, for ever', () => {
    const some = seen(['a', 2], ['b', 1]);
    expect(some.all).toEqual([
      { epoch: 'b', offset: 1 },
      { epoch: 'a', offset: EVERY },
    ]);
    some.saw({ epoch: 'a', offset: 50 });
    expect(some.all[0]).toEqual({ epoch: 'b', offset: 1 });
    expect(['a', 'b', 'c'].map((epoch) => some.isPast(epoch))).toEqual([true, false, false]);
  });

  test('are those of the present epoch and of the last eight before it', () => {
    const some = seen(...'abcdefghijk'.split('').map((epoch) => [epoch, 1] as const));
    expect(some.all.map(({ epoch }) => epoch).join('')).toBe('kjihgfedc');
    expect([some.isPast('c'), some.isPast('b')]).toEqual([true, false]);
  });

  test('stay when the same epoch begins again', () => {
    expect(seen(['a', 5], ['a', 3]).all).toEqual([{ epoch: 'a', offset: 5 }]);
  });
});
