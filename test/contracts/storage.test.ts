import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defer } from '../../src/promises.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import type { SessionRecord } from '../../src/storage/session-store.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { type Storage, StorageError } from '../../src/storage/storage.ts';
import { ALONE, ended, sessionRecord } from '../support/session-records.ts';
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
    expect(await storage.open(ALONE)).toEqual({ lost: 0 });
    await storage.sessions.save(records);
    return storage;
  }

  const idsOf = (records: readonly SessionRecord[]) => records.map(({ id }) => id);
  const isClosedError = expect.objectContaining({ name: 'StorageError', problem: 'closed' });

  test('is empty at first', async () => {
    const storage = await openStorage();
    expect(await storage.sessions.list()).toEqual([]);
  });

  test('gives back what it was given', async () => {
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

  test('keeps one record for each id, the last that was saved', async () => {
    const record = sessionRecord('a');
    const storage = await openStorage(record);
    await storage.sessions.save([ended(record)]);
    await storage.sessions.save([ended(record), ended(record, { closeReason: 'aborted' })]);
    expect(await storage.sessions.list()).toEqual([ended(record, { closeReason: 'aborted' })]);
  });

  test('may be asked to save the same again', async () => {
    const records = [sessionRecord('a'), ended(sessionRecord('b'))];
    const storage = await openStorage(...records);
    await storage.sessions.save(records);
    expect(await storage.sessions.list()).toEqual([...records].reverse());
  });

  test('may be asked to save nothing', async () => {
    const storage = await openStorage(sessionRecord('a'));
    await storage.sessions.save([]);
    expect(await storage.sessions.list()).toHaveLength(1);
  });

  test('does not notice what the caller does with its objects later', async () => {
    const mine = { ...sessionRecord('a') };
    const storage = await openStorage(mine);
    mine.hub = '/changed';
    const [found] = await storage.sessions.list();
    Object.assign(found ?? {}, { hub: '/changed, too' });
    expect(await storage.sessions.list()).toEqual([sessionRecord('a')]);
  });

  test('lists the newest first, and by id within a millisecond', async () => {
    const at = (id: string, connectedAt: number) => sessionRecord(id, { connectedAt });
    const storage = await openStorage(at('b', 20), at('d', 10), ended(at('a', 20)), at('c', 30), ended(at('e', 10)));
    expect(idsOf(await storage.sessions.list())).toEqual(['c', 'b', 'a', 'e', 'd']);
  });

  test('lists as many as wanted: 100, if nobody says', async () => {
    const many = Array.from({ length: 150 }, (_, n) => sessionRecord(`${n}`, { connectedAt: n }));
    const storage = await openStorage(...many);
    expect(idsOf(await storage.sessions.list({ limit: 2 }))).toEqual(['149', '148']);
    expect(await storage.sessions.list()).toHaveLength(100);
    expect(await storage.sessions.list({ limit: 1_000 })).toHaveLength(150);
    expect(await storage.sessions.list({ limit: 0 })).toEqual([]);
  });

  test('lists those of a hub, those that are open, those that have ended', async () => {
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

  test('takes many saves at once', async () => {
    const storage = await openStorage();
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 100 }, (_, n) => sessionRecord(`${batch}-${n}`)),
    );
    await Promise.all(batches.map((batch) => storage.sessions.save(batch)));
    expect(await storage.sessions.list({ limit: 10_000 })).toHaveLength(2_000);
  });

  test('ends what a crash has left open, once', async () => {
    const over = ended(sessionRecord('b'));
    const storage = await openStorage(sessionRecord('a', { connectedAt: 2_000 }), over);
    await storage.close();

    const before = Date.now();
    expect(await storage.open(ALONE)).toEqual({ lost: 1 });
    const [lost, other] = await storage.sessions.list();
    expect(lost).toEqual({
      ...sessionRecord('a', { connectedAt: 2_000, closeReason: 'lost' }),
      disconnectedAt: expect.any(Number),
    });
    expect(lost?.disconnectedAt).toBeGreaterThanOrEqual(before);
    expect(lost?.disconnectedAt).toBeLessThanOrEqual(Date.now());
    expect(other).toEqual(over);

    await storage.close();
    expect(await storage.open(ALONE)).toEqual({ lost: 0 });
  });

  describe('that is opened while other nodes are alive', () => {
    const onNode = (nodeId: string | null, more: Partial<SessionRecord> = {}) =>
      sessionRecord(`of ${nodeId}`, { nodeId, ...more });

    async function closedStorage(...records: readonly SessionRecord[]): Promise<Storage> {
      const storage = await openStorage(...records);
      await storage.close();
      return storage;
    }

    async function endsOf(storage: Storage): Promise<unknown> {
      const records = await storage.sessions.list();
      return Object.fromEntries(records.map(({ nodeId, closeReason }) => [nodeId, closeReason]));
    }

    test.each([
      ['says so', (isAlive: boolean) => isAlive],
      ['promises so', (isAlive: boolean) => Promise.resolve(isAlive)],
    ])('leaves the sessions of a node open when isAlive %s', async (_how, answer) => {
      const storage = await closedStorage(onNode('dead'), onNode('alive'), onNode("it's gone"));
      const opened = await storage.open({ nodeId: 'me', isAlive: (nodeId) => answer(nodeId === 'alive') });
      expect(opened).toEqual({ lost: 2 });
      expect(await endsOf(storage)).toEqual({ dead: 'lost', alive: null, "it's gone": 'lost' });
    });

    test('asks once for each other node with open sessions', async () => {
      const storage = await closedStorage(
        onNode('a'),
        onNode('a', { id: 'another of a' }),
        onNode('b'),
        onNode('me'),
        onNode(null),
        ended(onNode('over')),
      );
      const asked: string[] = [];
      await storage.open({
        nodeId: 'me',
        isAlive(nodeId) {
          asked.push(nodeId);
          return true;
        },
      });
      expect(asked.sort()).toEqual(['a', 'b']);
    });

    test('ends its own sessions and those of unknown nodes, whoever is alive', async () => {
      const storage = await closedStorage(onNode('me'), onNode(null), onNode('other'));
      expect(await storage.open({ nodeId: 'me', isAlive: () => true })).toEqual({ lost: 2 });
      expect(await endsOf(storage)).toEqual({ me: 'lost', null: 'lost', other: null });
    });

    test('does not open, and ends nothing, when isAlive fails', async () => {
      const storage = await closedStorage(onNode('a'), onNode('b'));
      const isAlive = (nodeId: string) => (nodeId === 'b' ? Promise.reject(new Error('nobody knows')) : false);
      await expect(storage.open({ nodeId: 'me', isAlive })).rejects.toThrow('nobody knows');
      await expect(storage.sessions.list()).rejects.toEqual(isClosedError);
      expect(await storage.open({ nodeId: 'me', isAlive: () => true })).toEqual({ lost: 0 });
    });

    test('stays closed, and ends nothing, when it is closed before isAlive answers', async () => {
      const storage = await closedStorage(onNode('a'));
      const [asked, answer] = [defer<void>(), defer<boolean>()];
      const opened = storage.open({
        nodeId: 'me',
        isAlive() {
          asked.resolve();
          return answer.promise;
        },
      });
      await asked.promise;
      await storage.close();
      answer.resolve(false);
      expect(await opened).toEqual({ lost: 0 });
      await expect(storage.sessions.list()).rejects.toEqual(isClosedError);
      expect(await storage.open({ nodeId: 'me', isAlive: () => true })).toEqual({ lost: 0 });
    });
  });

  test('does not end a lost session before it began, whatever the time of day is', async () => {
    const later = Date.now() + 3_600_000;
    const storage = await openStorage(sessionRecord('a', { connectedAt: later }));
    await storage.close();
    await storage.open(ALONE);
    expect(await storage.sessions.list()).toMatchObject([{ disconnectedAt: later, closeReason: 'lost' }]);
  });

  test('learns the true end of a session that it took for lost', async () => {
    const record = sessionRecord('a');
    const storage = await openStorage(record);
    await storage.close();
    await storage.open(ALONE);
    await storage.sessions.save([ended(record)]);
    expect(await storage.sessions.list()).toEqual([ended(record)]);
  });

  test('answers only while it is open', async () => {
    const storage = make();
    await expect(storage.sessions.save([sessionRecord('a')])).rejects.toEqual(isClosedError);
    await expect(storage.sessions.list()).rejects.toBeInstanceOf(StorageError);
    await storage.open(ALONE);
    await storage.close();
    await expect(storage.sessions.save([sessionRecord('a')])).rejects.toEqual(isClosedError);
    await expect(storage.sessions.list()).rejects.toEqual(isClosedError);
  });

  test('finishes what it was asked before it closes', async () => {
    const storage = await openStorage();
    const saved = storage.sessions.save([ended(sessionRecord('a'))]);
    await storage.close();
    await saved;
    await storage.open(ALONE);
    expect(await storage.sessions.list()).toHaveLength(1);
  });

  test('may be closed twice, or without having been open', async () => {
    const storage = make();
    await storage.close();
    await storage.open(ALONE);
    await Promise.all([storage.close(), storage.close()]);
    await storage.close();
  });
});
