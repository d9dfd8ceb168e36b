import type { SessionRecord } from '../storage/session-store.ts';
import type { Storage } from '../storage/storage.ts';
import { ended, sessionRecord } from './session-records.ts';
import { idsOf, problemOf, storageTest } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';

/** The part of the contract of a storage about the sessions that are deleted. */
export function sessionRetentionContract(framework: TestFramework, make: () => Storage): void {
  const { expect } = framework;
  const test = storageTest(framework, make);
  const idsLeft = async ({ sessions }: Storage) => idsOf(await sessions.list({ limit: 1_000 })).sort();

  test('deletes sessions that have ended before a moment, and none that is open', async (openStorage) => {
    const open = sessionRecord('open', { connectedAt: 0 });
    const storage = await openStorage(over('a', 999), over('b', 1_000), over('c', 1_001), open);
    expect(await storage.sessions.prune({ since: 1_000 }, 100)).toEqual(1);
    expect(await idsLeft(storage)).toEqual(['b', 'c', 'open']);
    expect(await storage.sessions.prune({ since: 1_001 }, 100)).toEqual(1);
    expect(await idsLeft(storage)).toEqual(['c', 'open']);
  });

  test('goes by the end of a session, not by its beginning', async (openStorage) => {
    const long = over('long', 5_000, { connectedAt: 1 });
    const storage = await openStorage(long, over('short', 3_000, { connectedAt: 2_900 }));
    expect(await storage.sessions.prune({ since: 4_000 }, 100)).toEqual(1);
    expect(await idsLeft(storage)).toEqual(['long']);
  });

  test('keeps the newest, by their ends and by id within a millisecond; open ones do not count', async (openStorage) => {
    const open = sessionRecord('open');
    const storage = await openStorage(over('b', 20), over('d', 20), over('a', 30), over('c', 20), open);
    expect(await storage.sessions.prune({ count: 2 }, 100)).toEqual(2);
    expect(await idsLeft(storage)).toEqual(['a', 'd', 'open']);
    expect(await storage.sessions.prune({ count: 2 }, 100)).toEqual(0);
    expect(await storage.sessions.prune({ count: 3 }, 100)).toEqual(0);
    expect(await storage.sessions.prune({ count: 0 }, 100)).toEqual(2);
    expect(await idsLeft(storage)).toEqual(['open']);
  });

  test('keeps only sessions that are both new enough and among the newest', async (openStorage) => {
    const storage = await openStorage(...Array.from({ length: 6 }, (_, at) => over(`${at}`, at)));
    expect(await storage.sessions.prune({ since: 1, count: 4 }, 100)).toEqual(2);
    expect(await idsLeft(storage)).toEqual(['2', '3', '4', '5']);
    expect(await storage.sessions.prune({ since: 4, count: 4 }, 100)).toEqual(2);
    expect(await idsLeft(storage)).toEqual(['4', '5']);
  });

  test('deletes no more than it is asked for at once, the oldest first', async (openStorage) => {
    const storage = await openStorage(...['c', 'e', 'a', 'd', 'b'].map((id) => over(id, id.charCodeAt(0))));
    expect(await storage.sessions.prune({ since: 1_000 }, 2)).toEqual(2);
    expect(await idsLeft(storage)).toEqual(['c', 'd', 'e']);
    expect(await storage.sessions.prune({ count: 0 }, 2)).toEqual(2);
    expect(await idsLeft(storage)).toEqual(['e']);
    expect(await storage.sessions.prune({ since: 1_000 }, 2)).toEqual(1);
    expect(await storage.sessions.prune({ since: 1_000 }, 2)).toEqual(0);
  });

  test('deletes nothing when nothing is to be deleted', async (openStorage) => {
    const storage = await openStorage(over('a', 1), sessionRecord('b'));
    expect(await storage.sessions.prune({}, 100)).toEqual(0);
    expect(await storage.sessions.prune({ since: 1 }, 100)).toEqual(0);
    expect(await storage.sessions.prune({ since: 5, count: 5 }, 0)).toEqual(0);
    expect(await idsLeft(storage)).toEqual(['a', 'b']);
  });

  test('deletes what has ended while it was open, and a session that is saved again is a new one', async (openStorage) => {
    const record = sessionRecord('a');
    const storage = await openStorage(record);
    expect(await storage.sessions.prune({ count: 0 }, 100)).toEqual(0);
    await storage.sessions.save([ended(record)]);
    expect(await storage.sessions.prune({ count: 0 }, 100)).toEqual(1);
    await storage.sessions.save([ended(record)]);
    expect(await idsLeft(storage)).toEqual(['a']);
  });

  test('deletes only while it is open', async () => {
    expect(await problemOf(make().sessions.prune({ count: 0 }, 100))).toEqual('closed');
  });
}

/** A session that has ended at a moment. */
function over(id: string, disconnectedAt: number, more: Partial<SessionRecord> = {}): SessionRecord {
  return ended(sessionRecord(id, { connectedAt: Math.max(0, disconnectedAt - 10), ...more }), { disconnectedAt });
}
