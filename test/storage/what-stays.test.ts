import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import type { Kept } from '../../src/storage/retained.ts';
import type { SessionRecord } from '../../src/storage/session-store.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { property } from '../support/property.ts';

const LATEST = 12;
/** Moments of the ends of sessions; null: it is open. Many of them end within the same millisecond. */
const ends = fc.array(fc.option(fc.integer({ min: 0, max: LATEST }), { freq: 5 }), { maxLength: 30, size: 'max' });
const kept: fc.Arbitrary<Kept> = fc.record(
  {
    since: fc.double({ min: -1, max: LATEST + 1, noNaN: true }),
    count: fc.oneof(fc.constant(0), { weight: 3, arbitrary: fc.nat(20) }),
  },
  { requiredKeys: [] },
);
const limits = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6, size: 'max' });

/** The sessions that stay, as the port says it. */
function staying(records: readonly SessionRecord[], { since = -1, count = Number.POSITIVE_INFINITY }: Kept) {
  const over = records
    .filter(({ disconnectedAt }) => disconnectedAt !== null)
    .sort((a, b) => endOf(b) - endOf(a) || (a.id < b.id ? 1 : -1));
  const stays = new Set(over.filter((record, at) => at < count && endOf(record) >= since));
  return { open: records.filter((record) => !over.includes(record)), over, stays };
}

const endOf = ({ disconnectedAt }: SessionRecord) => disconnectedAt ?? Number.NaN;
const idsOf = (records: Iterable<SessionRecord>) => [...records].map(({ id }) => id).sort();

const KINDS: Readonly<Record<string, (folder: string) => Storage>> = {
  memory: () => new MemoryStorage(),
  sqlite: (folder) => new SqliteStorage(join(folder, 'signalbox.db')),
};

describe.each(Object.entries(KINDS))('in a storage of the kind %s', (_kind, make) => {
  // One for all cases: opening a database takes longer than all calls of a case.
  let storage: Storage;
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  beforeAll(async () => {
    storage = make(folder);
    await storage.open(ALONE);
  });
  afterAll(async () => {
    await storage.close();
    rmSync(folder, { recursive: true });
  });

  property(
    'exactly those sessions stay that have to, whatever the batches, and the oldest go first',
    [ends, kept, limits],
    { runs: 200, sometimes: ['both limits', 'several batches', 'open ones', 'all stay', 'none stays'] },
    async (moments, limit, batches, reached) => {
      const records = moments.map((disconnectedAt, at) => {
        const record = sessionRecord(`${at % 7}-${at}`, { connectedAt: 0 });
        return disconnectedAt === null ? record : ended(record, { disconnectedAt });
      });
      const { open, over, stays } = staying(records, limit);
      await storage.sessions.save(records);
      const left = over.toReversed();
      for (let batch = 0; ; batch += 1) {
        const most = batches[batch % batches.length] as number;
        const deleted = await storage.sessions.prune(limit, most);
        expect(deleted).toBe(Math.min(most, left.length - stays.size));
        left.splice(0, deleted);
        expect(idsOf(await storage.sessions.list({ limit: 100 }))).toEqual(idsOf([...open, ...left]));
        if (batch === 1 && deleted > 0) reached('several batches');
        if (deleted < most) break;
      }
      expect(idsOf(left)).toEqual(idsOf(stays));
      if (limit.since !== undefined && limit.count !== undefined) reached('both limits');
      if (open.length > 0) reached('open ones');
      if (over.length > 0 && stays.size === 0) reached('none stays');
      if (over.length > 0 && stays.size === over.length) reached('all stay');
      // Nothing stays for the next case.
      await storage.sessions.save(open.map((record) => ended(record)));
      await storage.sessions.prune({ count: 0 }, 100);
    },
  );
});
