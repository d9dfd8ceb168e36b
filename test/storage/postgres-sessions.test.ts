// Session records in PostgreSQL: what the contract of every storage does not say.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import type { SessionRecord } from '../../src/storage/session-store.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { problemOf } from '../../src/testing/storage-test.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';

let server: PostgresServer;

beforeAll(async () => {
  if (hasPostgres) server = await startPostgres();
});
afterAll(() => server?.stop());

/** A storage that nobody has used, and the name of its database. */
async function openFresh(): Promise<{ readonly storage: PostgresStorage; readonly name: string }> {
  const { name, url } = await server.database();
  return { storage: await openAt(url), name };
}

async function openAt(url: string): Promise<PostgresStorage> {
  const storage = new PostgresStorage(url);
  onTestFinished(() => storage.close());
  await storage.open({ ...ALONE, isAlive: () => true });
  return storage;
}

const idsOf = (records: readonly SessionRecord[]) => records.map(({ id }) => id);
/** Ended sessions, of which the one with the number n has ended in the millisecond n. */
const endedAt = (...moments: readonly number[]) =>
  moments.map((at) => ended(sessionRecord(`s${at}`, { connectedAt: 0 }), { disconnectedAt: at }));

describe.runIf(hasPostgres)('session records in PostgreSQL', () => {
  test('of which a save has several with one id: the last one counts', async () => {
    const { storage } = await openFresh();
    const record = sessionRecord('a');
    await storage.sessions.save([record, sessionRecord('b'), ended(record), { ...ended(record), messagesIn: 9 }]);
    expect(await storage.sessions.list()).toEqual([sessionRecord('b'), { ...ended(record), messagesIn: 9 }]);
  });

  test('are read in pages, and are whole', async () => {
    const { storage } = await openFresh();
    // Moments that many share: a page may end in the midst of them.
    const many = Array.from({ length: 2_500 }, (_, n) =>
      sessionRecord(`${n}`.padStart(4, '0'), { connectedAt: Math.floor(n / 700), hub: n % 2 === 0 ? '/even' : '/odd' }),
    );
    await storage.sessions.save(many);
    const newestFirst = idsOf(many).reverse();
    expect(idsOf(await storage.sessions.list({ limit: 10_000 }))).toEqual(newestFirst);
    expect(idsOf(await storage.sessions.list({ limit: 2_100, open: true }))).toEqual(newestFirst.slice(0, 2_100));
    expect(idsOf(await storage.sessions.list({ limit: 1_100, hub: '/odd' }))).toEqual(
      newestFirst.filter((id) => Number(id) % 2 === 1).slice(0, 1_100),
    );
  });

  test('that are lost are ended in pages, and all are counted', async () => {
    const { url } = await server.database();
    const storage = await openAt(url);
    await storage.sessions.save(Array.from({ length: 2_500 }, (_, n) => sessionRecord(`${n}`, { nodeId: 'dead' })));
    await storage.close();
    expect(await storage.open(ALONE)).toEqual({ lost: 2_500 });
  });

  test('with a character that PostgreSQL has not do not keep others from being saved', async () => {
    const { storage } = await openFresh();
    await storage.sessions.save([sessionRecord('a', { user: 'an\0n' }), sessionRecord('b')]);
    expect(await storage.sessions.list()).toEqual([sessionRecord('b'), sessionRecord('a', { user: 'an\0n' })]);
  });

  test('with a value that is no whole number are refused, all of them', async () => {
    const { storage } = await openFresh();
    for (const connectedAt of [Number.NaN, 1.5, Number.POSITIVE_INFINITY])
      expect(await problemOf(storage.sessions.save([sessionRecord('a'), sessionRecord('b', { connectedAt })]))).toBe(
        'failed',
      );
    expect(await storage.sessions.list()).toEqual([]);
  });

  test('that two servers save and end at once do not keep each other waiting', async () => {
    const { url } = await server.database();
    const [one, other] = await Promise.all([openAt(url), openAt(url)]);
    const records = Array.from({ length: 300 }, (_, n) => sessionRecord(`${n}`));
    const before = await server.query<{ n: string }>('SELECT sum(deadlocks) AS n FROM pg_stat_database');
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        one.sessions.save(records),
        other.sessions.save([...records].reverse()),
        one.sessions.endLost([ALONE.nodeId]),
        other.sessions.prune({ count: 0 }, 100),
      ]);
    }
    expect(await server.query('SELECT sum(deadlocks) AS n FROM pg_stat_database')).toEqual(before);
  });
});

describe.runIf(hasPostgres)('session records in PostgreSQL that are deleted', () => {
  test.each<[string, object, number, string[], number]>([
    ['nothing, when everything stays', {}, 10, ['s1', 's2', 's3', 's4'], 0],
    ['those that are older', { since: 3 }, 10, ['s3', 's4'], 2],
    ['those beyond a number', { count: 1 }, 10, ['s4'], 3],
    ['all, when none stays', { count: 0 }, 10, [], 4],
    ['those that are older, of fewer than the number', { since: 4, count: 3 }, 10, ['s4'], 3],
    ['those beyond the number, of which none is too old', { since: 1, count: 2 }, 10, ['s3', 's4'], 2],
    ['the oldest first, and no more than the limit', { count: 0 }, 3, ['s4'], 3],
    ['none, when fewer are there than may stay', { count: 9 }, 10, ['s1', 's2', 's3', 's4'], 0],
  ])('%s', async (_name, kept, limit, left, deleted) => {
    const { storage } = await openFresh();
    const open = sessionRecord('open', { connectedAt: 0 });
    await storage.sessions.save([open, ...endedAt(4, 2, 1, 3)]);
    expect(await storage.sessions.prune(kept, limit)).toBe(deleted);
    // What is open has no end, and stays.
    expect(idsOf(await storage.sessions.list()).sort()).toEqual(['open', ...left]);
  });

  test('by two servers at once: each row counts once', async () => {
    const { url } = await server.database();
    const [one, other] = await Promise.all([openAt(url), openAt(url)]);
    await one.sessions.save(endedAt(...Array.from({ length: 1_000 }, (_, n) => n)));
    let deleted = 0;
    for (let more = 1; more > 0; deleted += more) {
      const counts = await Promise.all([one, other].map(({ sessions }) => sessions.prune({ count: 0 }, 150)));
      more = counts.reduce((sum, count) => sum + count);
    }
    expect(deleted).toBe(1_000);
    expect(await one.sessions.list()).toEqual([]);
  });
});

test.runIf(hasPostgres)('no statement on session records reads the whole table', async () => {
  const { name, url } = await server.database();
  const first = await openAt(url);
  await first.sessions.save(endedAt(...Array.from({ length: 5_000 }, (_, n) => n)));
  await first.close();
  await server.query('ANALYZE', name);
  const before = await wholeReads(name);

  const storage = await openAt(url);
  const { sessions } = storage;
  await sessions.save([sessionRecord('a')]);
  for (const query of [{}, { hub: '/none' }, { open: true }, { open: false }, { hub: '/none', open: true }])
    await sessions.list(query);
  await sessions.openNodes();
  await sessions.endLost(['dead']);
  await sessions.prune({ since: 10 }, 5);
  await sessions.prune({ count: 4_000 }, 5);
  await storage.close();
  expect(await wholeReads(name)).toEqual(before);
});

/** How often the table was read as a whole. PostgreSQL has counted everything when the connections have ended. */
async function wholeReads(name: string): Promise<unknown> {
  await server.gone(name);
  return server.query(`SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'sessions'`, name);
}
