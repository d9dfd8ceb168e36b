import { systemClock } from '../clock.ts';
import type { SessionRecord } from '../storage/session-store.ts';
import type { Storage } from '../storage/storage.ts';
import { lostSessionsContract } from './lost-sessions-contract.ts';
import { ALONE, ended, sessionRecord } from './session-records.ts';
import { sessionRetentionContract } from './session-retention-contract.ts';
import { nodesContract } from './storage-nodes-contract.ts';
import { idsOf, problemOf, storageTest } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';

/**
 * Declares the tests that every implementation of the port `Storage` has to pass.
 *
 * @param make Makes a storage that nobody has used, closed. Called once in each test; it may declare how the test ends.
 */
export function storageContract(framework: TestFramework, make: () => Storage): void {
  const { expect } = framework;
  const test = storageTest(framework, make);

  test('is empty at first', async (openStorage) => {
    const storage = await openStorage();
    expect(await storage.sessions.list()).toEqual([]);
  });

  test('gives back what it was given', async (openStorage) => {
    const open = sessionRecord('a', { user: null, nodeId: null, protocol: null });
    const over = ended(
      sessionRecord('b', {
        user: 'Zoë 🚆',
        remoteAddress: '::1',
        protocol: 'messagepack',
        connectedAt: 1_767_225_600_123,
      }),
    );
    const storage = await openStorage(open, over);
    expect(await storage.sessions.list()).toEqual([over, open]);
  });

  test('keeps one record for each id, the last that was saved', async (openStorage) => {
    const record = sessionRecord('a');
    const storage = await openStorage(record);
    await storage.sessions.save([ended(record)]);
    await storage.sessions.save([ended(record), ended(record, { closeReason: 'aborted' })]);
    expect(await storage.sessions.list()).toEqual([ended(record, { closeReason: 'aborted' })]);
  });

  test('may be asked to save the same again', async (openStorage) => {
    const records = [sessionRecord('a'), ended(sessionRecord('b'))];
    const storage = await openStorage(...records);
    await storage.sessions.save(records);
    expect(await storage.sessions.list()).toEqual([...records].reverse());
  });

  test('may be asked to save nothing', async (openStorage) => {
    const storage = await openStorage(sessionRecord('a'));
    await storage.sessions.save([]);
    expect(idsOf(await storage.sessions.list())).toEqual(['a']);
  });

  test('does not notice what the caller does with its objects later', async (openStorage) => {
    const mine = { ...sessionRecord('a') };
    const storage = await openStorage(mine);
    mine.hub = '/changed';
    const [found] = await storage.sessions.list();
    Object.assign(found ?? {}, { hub: '/changed, too' });
    expect(await storage.sessions.list()).toEqual([sessionRecord('a')]);
  });

  test('lists the newest first, and by id within a millisecond', async (openStorage) => {
    const at = (id: string, connectedAt: number) => sessionRecord(id, { connectedAt });
    const storage = await openStorage(at('b', 20), at('d', 10), ended(at('a', 20)), at('c', 30), ended(at('e', 10)));
    expect(idsOf(await storage.sessions.list())).toEqual(['c', 'b', 'a', 'e', 'd']);
  });

  test('lists as many as wanted: 100, if nobody says', async (openStorage) => {
    const many = Array.from({ length: 150 }, (_, n) => sessionRecord(`${n}`, { connectedAt: n }));
    const storage = await openStorage(...many);
    expect(idsOf(await storage.sessions.list({ limit: 2 }))).toEqual(['149', '148']);
    expect((await storage.sessions.list()).length).toEqual(100);
    expect((await storage.sessions.list({ limit: 1_000 })).length).toEqual(150);
    expect(await storage.sessions.list({ limit: 0 })).toEqual([]);
  });

  test('lists those of a hub, those that are open, those that have ended', async (openStorage) => {
    const storage = await openStorage(
      sessionRecord('a', { hub: '/a' }),
      sessionRecord('b', { hub: '/b' }),
      ended(sessionRecord('c', { hub: '/a' })),
    );
    expect(idsOf(await storage.sessions.list({ hub: '/a' }))).toEqual(['c', 'a']);
    expect(idsOf(await storage.sessions.list({ hub: '/A' }))).toEqual([]);
    expect(idsOf(await storage.sessions.list({ open: true }))).toEqual(['b', 'a']);
    expect(idsOf(await storage.sessions.list({ open: false }))).toEqual(['c']);
    expect(idsOf(await storage.sessions.list({ hub: '/a', open: true, limit: 5 }))).toEqual(['a']);
  });

  test('takes many saves at once', async (openStorage) => {
    const storage = await openStorage();
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 100 }, (_, n) => sessionRecord(`${batch}-${n}`)),
    );
    await Promise.all(batches.map((batch) => storage.sessions.save(batch)));
    expect((await storage.sessions.list({ limit: 10_000 })).length).toEqual(2_000);
  });

  test('ends what a crash has left open, once', async (openStorage) => {
    const over = ended(sessionRecord('b'));
    const storage = await openStorage(sessionRecord('a', { connectedAt: 2_000 }), over);
    await storage.close();

    const before = systemClock.wallNow();
    expect(await storage.open(ALONE)).toEqual({ lost: 1 });
    const [lost, other] = (await storage.sessions.list()) as readonly SessionRecord[];
    const disconnectedAt = lost?.disconnectedAt ?? 0;
    expect(lost).toEqual({ ...sessionRecord('a', { connectedAt: 2_000, closeReason: 'lost' }), disconnectedAt });
    expect(before <= disconnectedAt && disconnectedAt <= systemClock.wallNow(), 'it ended just now').toEqual(true);
    expect(other).toEqual(over);

    await storage.close();
    expect(await storage.open(ALONE)).toEqual({ lost: 0 });
  });

  nodesContract(framework, make);
  lostSessionsContract(framework, make);
  sessionRetentionContract(framework, make);

  test('does not end a lost session before it began, whatever the time of day is', async (openStorage) => {
    const later = systemClock.wallNow() + 3_600_000;
    const open = sessionRecord('a', { connectedAt: later });
    const storage = await openStorage(open);
    await storage.close();
    await storage.open(ALONE);
    expect(await storage.sessions.list()).toEqual([{ ...open, disconnectedAt: later, closeReason: 'lost' }]);
  });

  test('learns the true end of a session that it took for lost', async (openStorage) => {
    const record = sessionRecord('a');
    const storage = await openStorage(record);
    await storage.close();
    await storage.open(ALONE);
    await storage.sessions.save([ended(record)]);
    expect(await storage.sessions.list()).toEqual([ended(record)]);
  });

  test('answers only while it is open', async () => {
    const storage = make();
    expect(await problemOf(storage.sessions.save([sessionRecord('a')]))).toEqual('closed');
    expect(await problemOf(storage.sessions.list())).toEqual('closed');
    await storage.open(ALONE);
    await storage.close();
    expect(await problemOf(storage.sessions.save([sessionRecord('a')]))).toEqual('closed');
    expect(await problemOf(storage.sessions.list())).toEqual('closed');
  });

  test('finishes what it was asked before it closes', async (openStorage) => {
    const storage = await openStorage();
    const saved = storage.sessions.save([ended(sessionRecord('a'))]);
    await storage.close();
    await saved;
    await storage.open(ALONE);
    expect(idsOf(await storage.sessions.list())).toEqual(['a']);
  });

  test('may be closed twice, or without having been open', async () => {
    const storage = make();
    await storage.close();
    await storage.open(ALONE);
    await Promise.all([storage.close(), storage.close()]);
    await storage.close();
  });
}
