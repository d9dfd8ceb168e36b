import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { type SessionRecord, type Storage, StorageError } from '../../src/storage/storage.ts';
import { ended, sessionRecord } from '../support/session-records.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Implementations of the storage port. Add a new one here; each has to pass the same tests. */
const STORAGES: Readonly<Record<string, () => Storage>> = {
  memory: () => new MemoryStorage(),
  sqlite: () => new SqliteStorage(join(temporaryFolder(), 'data', 'signalbox.db')),
};

describe.each(Object.entries(STORAGES))('a storage of the kind %s', (_kind, make) => {
  async function openStorage(...records: readonly SessionRecord[]): Promise<Storage> {
    const storage = make();
    onTestFinished(() => storage.close());
    expect(await storage.open()).toEqual({ lost: 0 });
    await storage.save(records);
    return storage;
  }

  const idsOf = (records: readonly SessionRecord[]) => records.map(({ id }) => id);
  const isClosedError = expect.objectContaining({ name: 'StorageError', problem: 'closed' });

  test('is empty at first', async () => {
    const storage = await openStorage();
    expect(await storage.sessions()).toEqual([]);
  });

  test('gives back what it was given', async () => {
    const open = sessionRecord('a', { user: null });
    const over = ended(sessionRecord('b', { user: 'Zoë 🚆', remoteAddress: '::1', connectedAt: 1_767_225_600_123 }));
    const storage = await openStorage(open, over);
    expect(await storage.sessions()).toEqual([over, open]);
  });

  test('keeps one record for each id, the last that was saved', async () => {
    const record = sessionRecord('a');
    const storage = await openStorage(record);
    await storage.save([ended(record)]);
    await storage.save([ended(record), ended(record, { closeReason: 'aborted' })]);
    expect(await storage.sessions()).toEqual([ended(record, { closeReason: 'aborted' })]);
  });

  test('may be asked to save the same again', async () => {
    const records = [sessionRecord('a'), ended(sessionRecord('b'))];
    const storage = await openStorage(...records);
    await storage.save(records);
    expect(await storage.sessions()).toEqual([...records].reverse());
  });

  test('may be asked to save nothing', async () => {
    const storage = await openStorage(sessionRecord('a'));
    await storage.save([]);
    expect(await storage.sessions()).toHaveLength(1);
  });

  test('does not notice what the caller does with its objects later', async () => {
    const mine = { ...sessionRecord('a') };
    const storage = await openStorage(mine);
    mine.hub = '/changed';
    const [found] = await storage.sessions();
    Object.assign(found ?? {}, { hub: '/changed, too' });
    expect(await storage.sessions()).toEqual([sessionRecord('a')]);
  });

  test('lists the newest first, and by id within a millisecond', async () => {
    const at = (id: string, connectedAt: number) => sessionRecord(id, { connectedAt });
    const storage = await openStorage(at('b', 20), at('d', 10), ended(at('a', 20)), at('c', 30), ended(at('e', 10)));
    expect(idsOf(await storage.sessions())).toEqual(['c', 'b', 'a', 'e', 'd']);
  });

  test('lists as many as wanted: 100, if nobody says', async () => {
    const many = Array.from({ length: 150 }, (_, n) => sessionRecord(`${n}`, { connectedAt: n }));
    const storage = await openStorage(...many);
    expect(idsOf(await storage.sessions({ limit: 2 }))).toEqual(['149', '148']);
    expect(await storage.sessions()).toHaveLength(100);
    expect(await storage.sessions({ limit: 1_000 })).toHaveLength(150);
    expect(await storage.sessions({ limit: 0 })).toEqual([]);
  });

  test('lists those of a hub, those that are open, those that have ended', async () => {
    const storage = await openStorage(
      sessionRecord('a', { hub: '/a' }),
      sessionRecord('b', { hub: '/b' }),
      ended(sessionRecord('c', { hub: '/a' })),
    );
    expect(idsOf(await storage.sessions({ hub: '/a' }))).toEqual(['c', 'a']);
    expect(idsOf(await storage.sessions({ hub: '/A' }))).toEqual([]);
    expect(idsOf(await storage.sessions({ open: true }))).toEqual(['b', 'a']);
    expect(idsOf(await storage.sessions({ open: false }))).toEqual(['c']);
    expect(idsOf(await storage.sessions({ hub: '/a', open: true, limit: 5 }))).toEqual(['a']);
  });

  test('takes many saves at once', async () => {
    const storage = await openStorage();
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 100 }, (_, n) => sessionRecord(`${batch}-${n}`)),
    );
    await Promise.all(batches.map((batch) => storage.save(batch)));
    expect(await storage.sessions({ limit: 10_000 })).toHaveLength(2_000);
  });

  test('ends what a crash has left open, once', async () => {
    const over = ended(sessionRecord('b'));
    const storage = await openStorage(sessionRecord('a', { connectedAt: 2_000 }), over);
    await storage.close();

    const before = Date.now();
    expect(await storage.open()).toEqual({ lost: 1 });
    const [lost, other] = await storage.sessions();
    expect(lost).toEqual({
      ...sessionRecord('a', { connectedAt: 2_000, closeReason: 'lost' }),
      disconnectedAt: expect.any(Number),
    });
    expect(lost?.disconnectedAt).toBeGreaterThanOrEqual(before);
    expect(lost?.disconnectedAt).toBeLessThanOrEqual(Date.now());
    expect(other).toEqual(over);

    await storage.close();
    expect(await storage.open()).toEqual({ lost: 0 });
  });

  test('does not end a lost session before it began, whatever the time of day is', async () => {
    const later = Date.now() + 3_600_000;
    const storage = await openStorage(sessionRecord('a', { connectedAt: later }));
    await storage.close();
    await storage.open();
    expect(await storage.sessions()).toMatchObject([{ disconnectedAt: later, closeReason: 'lost' }]);
  });

  test('learns the true end of a session that it took for lost', async () => {
    const record = sessionRecord('a');
    const storage = await openStorage(record);
    await storage.close();
    await storage.open();
    await storage.save([ended(record)]);
    expect(await storage.sessions()).toEqual([ended(record)]);
  });

  test('answers only while it is open', async () => {
    const storage = make();
    await expect(storage.save([sessionRecord('a')])).rejects.toEqual(isClosedError);
    await expect(storage.sessions()).rejects.toBeInstanceOf(StorageError);
    await storage.open();
    await storage.close();
    await expect(storage.save([sessionRecord('a')])).rejects.toEqual(isClosedError);
    await expect(storage.sessions()).rejects.toEqual(isClosedError);
  });

  test('finishes what it was asked before it closes', async () => {
    const storage = await openStorage();
    const saved = storage.save([ended(sessionRecord('a'))]);
    await storage.close();
    await saved;
    await storage.open();
    expect(await storage.sessions()).toHaveLength(1);
  });

  test('may be closed twice, or without having been open', async () => {
    const storage = make();
    await storage.close();
    await storage.open();
    await Promise.all([storage.close(), storage.close()]);
    await storage.close();
  });
});
