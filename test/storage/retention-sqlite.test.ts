import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { Retention } from '../../src/storage/retention/retention.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { eventually } from '../support/inbox.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const OLD = 100_000;
/** More than are counted at once. */
const STAYING = 25_000;
const BATCHES = OLD / 500;

/** Node's clock with short pauses, so that the test takes no longer than the work. */
const hasty: Clock = {
  ...systemClock,
  setTimeout: (run, ms) => systemClock.setTimeout(run, ms < 60_000 ? 0 : ms),
};

/** A storage with many sessions that have ended, session n before session n + 1. */
async function filledStorage(): Promise<SqliteStorage> {
  const storage = new SqliteStorage(join(temporaryFolder(), 'signalbox.db'));
  onTestFinished(() => storage.close());
  await storage.open(ALONE);
  const database = new Database(storage.path);
  database.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${OLD + STAYING - 1})
    INSERT INTO sessions (id, hub, connection_id, transport, remote_address, connected_at, disconnected_at)
    SELECT printf('%d', n), '/hubs/chat', printf('connection-%d', n), 'WebSockets', '::1', n, n FROM numbers`);
  database.close();
  return storage;
}

test('while 100,000 sessions are deleted, others save and list between all batches, and the loop turns', async () => {
  const storage = await filledStorage();
  /** Answers in their order: of a batch, or of somebody else. */
  const answers: ('batch' | 'other')[] = [];
  /** Turns of the event loop in which batches were answered. */
  const turns: number[] = [];
  let turn = 0;
  const turning = () => {
    turn += 1;
    next = setImmediate(turning);
  };
  let next = setImmediate(turning);
  onTestFinished(() => clearImmediate(next));

  const watched: Pick<Storage, 'sessions'> = {
    sessions: {
      save: (records) => storage.sessions.save(records),
      list: (query) => storage.sessions.list(query),
      openNodes: () => storage.sessions.openNodes(),
      endLost: (nodeIds) => storage.sessions.endLost(nodeIds),
      async prune(kept, limit) {
        const deleted = await storage.sessions.prune(kept, limit);
        answers.push('batch');
        turns.push(turn);
        return deleted;
      },
    },
  };
  const log = new CollectedLog();
  const retention = new Retention({
    storage: watched as Storage,
    retention: { sessions: { count: STAYING }, messages: {}, audit: {}, tasks: {} },
    clock: hasty,
    log,
  });
  onTestFinished(() => retention.stop());
  retention.start();

  const batches = () => answers.filter((answer) => answer === 'batch').length;
  const saved: string[] = [];
  while (batches() < BATCHES) {
    const id = `new-${saved.length}`;
    await storage.sessions.save([sessionRecord(id, { connectedAt: OLD * 10 })]);
    saved.push(id);
    answers.push('other');
    const [newest] = await storage.sessions.list({ limit: 1, open: true });
    answers.push('other');
    expect(newest?.id).toBe(saved.toSorted().at(-1));
  }

  // In no place of the list two batches follow each other.
  expect(answers.join(' ')).not.toContain('batch batch');
  expect(new Set(turns).size).toBe(turns.length);
  expect(log.lines).toEqual([]);
  await eventually(() => batches() > BATCHES);
  const left = await storage.sessions.list({ limit: OLD + STAYING, open: false });
  expect(left).toHaveLength(STAYING);
  expect(Math.min(...left.map(({ id }) => Number(id)))).toBe(OLD);
  expect(await storage.sessions.list({ limit: OLD, open: true })).toHaveLength(saved.length);
});

test('several servers may delete from one database at once', async () => {
  const storage = await filledStorage();
  const others = [new SqliteStorage(storage.path), new SqliteStorage(storage.path)];
  onTestFinished(async () => void (await Promise.all(others.map((other) => other.close()))));
  await Promise.all(others.map((other) => other.open({ ...ALONE, nodeId: 'other' })));
  await storage.sessions.save([ended(sessionRecord('new', { connectedAt: systemClock.wallNow() }))]);
  const log = new CollectedLog();
  const limits = { sessions: { days: 1 }, messages: {}, audit: {}, tasks: {} };
  const retentions = [storage, ...others].map(
    (one) => new Retention({ storage: one, retention: limits, clock: hasty, log }),
  );
  for (const retention of retentions) {
    onTestFinished(() => retention.stop());
    retention.start();
  }
  const database = new Database(storage.path);
  onTestFinished(() => void database.close());
  const count = database.prepare('SELECT count(*) FROM sessions').pluck();
  await eventually(() => count.get() === 1);
  expect(await storage.sessions.list()).toMatchObject([{ id: 'new' }]);
  expect(log.lines).toEqual([]);
});
