import { describe, expect, test } from 'vitest';
import { EarlyEntries } from '../../../src/backplane/history/early-entries.ts';
import { entryOf, topOf } from './entries.ts';

const never = (): boolean => false;

function early(...entries: readonly (readonly [epoch: string, offset: number])[]): EarlyEntries {
  const some = new EarlyEntries();
  for (const [epoch, offset] of entries) some.add(entryOf(offset), topOf(epoch, offset));
  return some;
}

describe('entries that have come before others', () => {
  test('are taken in the order of their numbers, each once', () => {
    const some = early(['a', 4], ['a', 3], ['a', 4]);
    expect(some.takeNext('a', 1, never)).toBe(undefined);
    expect(some.takeNext('a', 2, never)?.entry.offset).toBe(3);
    expect(some.takeNext('a', 3, never)?.entry.offset).toBe(4);
    expect(some.isEmpty).toBe(false);
    expect(some.takeNext('a', 4, never)).toBe(undefined);
    expect(some.isEmpty).toBe(true);
  });

  test('wait for their epoch, unless it has ended', () => {
    const some = early(['b', 2], ['past', 2], ['a', 1]);
    expect(some.takeNext('a', 1, (epoch) => epoch === 'past')).toBe(undefined);
    expect(some.takeNext('b', 1, never)?.top.epoch).toBe('b');
    expect(some.isEmpty).toBe(true);
  });

  test('are gone when a reading that has begun after them has not brought them', () => {
    const some = early(['a', 5]);
    const notBrought = some.beginReading();
    some.add(entryOf(6), topOf('a', 6));
    notBrought();
    expect([some.takeNext('a', 4, never), some.takeNext('a', 5, never)?.entry.offset]).toEqual([undefined, 6]);
    some.add(entryOf(9), topOf('a', 9));
    some.clear();
    expect(some.isEmpty).toBe(true);
  });

  test('are at most 1,000; that there were more is known until the next reading', () => {
    const some = new EarlyEntries();
    for (let offset = 2; offset <= 1_002; offset++) some.add(entryOf(offset), topOf('a', offset));
    for (let last = 1; last <= 1_000; last++) expect(some.takeNext('a', last, never)?.entry.offset).toBe(last + 1);
    expect(some.takeNext('a', 1_001, never)).toBe(undefined);
    expect(some.isEmpty).toBe(false);
    some.beginReading();
    expect(some.isEmpty).toBe(true);
  });

  test('have at most 8 MiB, in which those that were taken or emptied do not count', () => {
    const some = new EarlyEntries();
    const half = new Uint8Array(4 * 1_024 * 1_024);
    const add = (offset: number) => some.add(entryOf(offset, { bytes: half }), topOf('a', offset));
    for (const offset of [2, 3, 4]) add(offset);
    expect(some.takeNext('a', 3, never)).toBe(undefined);
    some.clear();
    for (const offset of [2, 3]) add(offset);
    expect(some.takeNext('a', 1, never)?.entry.offset).toBe(2);
    add(4);
    some.empty(3);
    add(5);
    for (const last of [2, 3, 4]) expect(some.takeNext('a', last, never)?.entry.offset).toBe(last + 1);
    expect(some.isEmpty).toBe(true);
  });

  test('lose their content when their message is removed', () => {
    const some = early(['a', 2], ['a', 3]);
    some.empty(3);
    expect(some.takeNext('a', 1, never)?.entry.bytes).toEqual(new Uint8Array([2]));
    expect(some.takeNext('a', 2, never)?.entry).toEqual(entryOf(3, { bytes: undefined }));
  });
});
