import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CacheShelf, EntryCache } from '../../../src/backplane/history/entry-cache.ts';
import type { LogEntry } from '../../../src/backplane/log-store.ts';
import { property } from '../../support/property.ts';
import { entryOf } from './entries.ts';

const KIB = 1_024;
/** What an entry costs beside its bytes. */
const ENTRY = 200;

function filled(last: number, bytes = 1, shelf = new CacheShelf()) {
  const cache = new EntryCache(shelf);
  for (let offset = 1; offset <= last; offset++) cache.push(entryOf(offset, { bytes: new Uint8Array(bytes) }));
  return { cache, shelf };
}

const numbersOf = (entries: readonly LogEntry[] | undefined) => entries?.map(({ offset }) => offset);

describe('the newest entries of a log', () => {
  test('are given when all of them are there', () => {
    const { cache } = filled(4);
    expect(numbersOf(cache.between(2, 4))).toEqual([2, 3, 4]);
    expect(cache.between(5, 4)).toEqual([]);
    expect(cache.between(4, 5)).toBe(undefined);
    expect(cache.between(0, 4)).toBe(undefined);
  });

  test('are at most 300', () => {
    const { cache } = filled(301);
    expect(cache.between(1, 301)).toBe(undefined);
    expect(cache.between(2, 301)).toHaveLength(300);
  });

  test('have at most 256 KiB', () => {
    const { cache, shelf } = filled(5, 64 * KIB);
    expect(numbersOf(cache.between(3, 5))).toEqual([3, 4, 5]);
    expect(cache.between(2, 5)).toBe(undefined);
    expect([cache.bytes, shelf.bytes]).toEqual([3 * (64 * KIB + ENTRY), 3 * (64 * KIB + ENTRY)]);
  });

  test('hold none that is too large by itself', () => {
    const { cache, shelf } = filled(3, 257 * KIB);
    expect([cache.between(3, 3), cache.bytes, shelf.bytes]).toEqual([undefined, 0, 0]);
    cache.push(entryOf(4));
    expect(numbersOf(cache.between(4, 4))).toEqual([4]);
  });

  test('begin anew behind a hole', () => {
    const { cache } = filled(3);
    cache.push(entryOf(5));
    expect(cache.between(3, 5)).toBe(undefined);
    expect(numbersOf(cache.between(5, 5))).toEqual([5]);
    cache.push(entryOf(2));
    expect(numbersOf(cache.between(2, 2))).toEqual([2]);
    expect(cache.between(5, 5)).toBe(undefined);
  });

  test('lose the content of a message that is removed, and what was read of it', () => {
    const { cache } = filled(0);
    cache.push(entryOf(1, { messageId: 'm', bytes: new Uint8Array(100) }));
    const [entry] = cache.between(1, 1) ?? [];
    if (entry !== undefined) entry.kept = { args: ['secret'] } as never;
    expect(cache.numberOf('m')).toBe(1);
    cache.empty(1);
    cache.empty(1);
    cache.empty(7);
    expect(cache.between(1, 1)).toEqual([entryOf(1, { messageId: 'm', bytes: undefined })]);
    expect([cache.numberOf('m'), cache.bytes]).toEqual([undefined, ENTRY]);
  });

  test('are found by the ids of their messages', () => {
    const { cache } = filled(2);
    cache.push(entryOf(3, { messageId: 'm' }));
    expect([cache.numberOf('m'), cache.numberOf('other')]).toEqual([3, undefined]);
  });
});

describe('the caches of all logs of a node', () => {
  test('have 64 MiB together: those that were not used for the longest time are emptied', () => {
    const shelf = new CacheShelf();
    const size = 255 * KIB;
    const caches = Array.from({ length: 256 }, () => filled(1, size, shelf).cache);
    expect(shelf.bytes).toBe(256 * (size + ENTRY));
    caches[0]?.between(1, 1);
    for (let more = 0; more < 2; more++) filled(1, size, shelf);
    const emptied = caches.flatMap(({ bytes }, at) => (bytes === 0 ? [at] : []));
    expect(emptied).toEqual([1, 2]);
    expect(shelf.bytes).toBeLessThanOrEqual(64 * KIB * KIB);
  });

  property(
    'count the bytes that they hold, whatever becomes of them',
    [
      fc.array(
        fc.tuple(
          fc.constantFrom('push', 'skip', 'empty', 'clear', 'between'),
          fc.nat(2),
          fc.constantFrom(0, 1, 1_000, 100_000),
        ),
        { maxLength: 60, size: 'max' },
      ),
    ],
    { runs: 200, sometimes: ['an entry is emptied', 'a cache is cleared'] },
    (steps, reached) => {
      const shelf = new CacheShelf();
      const logs = Array.from({ length: 3 }, () => ({ cache: new EntryCache(shelf), last: 0 }));
      for (const [what, at, size] of steps) {
        const log = logs[at] as (typeof logs)[number];
        if (what === 'push' || what === 'skip') {
          log.last += what === 'skip' ? 2 : 1;
          log.cache.push(entryOf(log.last, { bytes: new Uint8Array(size) }));
        } else if (what === 'empty') {
          reached('an entry is emptied', log.cache.bytes > 0);
          log.cache.empty(log.last);
        } else if (what === 'clear') {
          reached('a cache is cleared', log.cache.bytes > 0);
          log.cache.clear();
        } else log.cache.between(1, log.last);
        for (const { cache, last } of logs) {
          let held = 0;
          for (let offset = 1; offset <= last; offset++) {
            const [entry] = cache.between(offset, offset) ?? [];
            if (entry !== undefined) held += ENTRY + (entry.bytes?.length ?? 0);
          }
          expect(cache.bytes).toBe(held);
        }
        expect(shelf.bytes).toBe(logs.reduce((sum, { cache }) => sum + cache.bytes, 0));
      }
    },
  );
});
