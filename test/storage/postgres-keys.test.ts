// API keys in PostgreSQL, and what was revoked: what the contract of every store of keys does not say.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { PostgresKeys } from '../../src/storage/postgres/postgres-keys.ts';
import type { Transact } from '../../src/storage/postgres/transaction.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { keyRow, secretOf } from '../../src/testing/key-rows.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { problemOf } from '../../src/testing/storage-test.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';

let server: PostgresServer;

beforeAll(async () => {
  if (hasPostgres) server = await startPostgres();
});
afterAll(() => server?.stop());

async function openAt(url: string, clock: Clock = systemClock): Promise<PostgresStorage> {
  const storage = new PostgresStorage(url, clock);
  onTestFinished(() => storage.close());
  await storage.open({ ...ALONE, isAlive: () => true });
  return storage;
}

const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

describe.runIf(hasPostgres)('keys in PostgreSQL', () => {
  test('have digests of 32 bytes, and no other form of a key', async () => {
    const { name, url } = await server.database();
    const { keys } = await openAt(url);
    await keys.put(keyRow('aB3dE5gH', { secrets: [secretOf(1, 1, 9_000), secretOf(2)] }));
    expect(
      await server.query(
        'SELECT key_id, number::integer, length(sha256), until::integer FROM signalbox.key_secrets ORDER BY number',
        name,
      ),
    ).toEqual([
      { key_id: 'aB3dE5gH', number: 1, length: 32, until: 9_000 },
      { key_id: 'aB3dE5gH', number: 2, length: 32, until: null },
    ]);
  });

  test('that are put again, as when an answer was lost, are the same', async () => {
    const { url } = await server.database();
    const { keys } = await openAt(url);
    const row = keyRow('a', { secrets: [secretOf(1, 1, 9_000), secretOf(2)] });
    await keys.put(row);
    await keys.put(row);
    expect(await keys.list()).toEqual([row]);
  });

  test('that two servers put at once: one of them wins, and the other one is told', async () => {
    const { url } = await server.database();
    const servers = await Promise.all([openAt(url), openAt(url)]);
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      const put = servers.map(({ keys }, n) => problemOf(keys.put(keyRow(id, { secrets: [secretOf(1, n + 1)] }))));
      expect((await Promise.all(put)).sort()).toEqual(['failed', 'none']);
    }
    const rotated = servers.map(({ keys }, n) =>
      problemOf(keys.put(keyRow('a', { secrets: [secretOf(2, n + 10), secretOf(3)] }))),
    );
    // Both secrets with the number 3 have the same digest: that is one change, made twice.
    expect((await Promise.all(rotated)).sort()).toEqual(['none', 'none']);
  });

  test('see what another server has put and revoked', async () => {
    const { url } = await server.database();
    const [one, two] = await Promise.all([openAt(url), openAt(url)]);
    await one.keys.put(keyRow('a'));
    expect(await two.keys.find('a')).toEqual(keyRow('a'));
    await two.keys.put(keyRow('a', { revokedAt: 2_000 }));
    expect((await one.keys.changesSince(0)).keys[0]?.revokedAt).toBe(2_000);
  });

  test('have moments of change that never go back, with clocks of servers that differ', async () => {
    const { name, url } = await server.database();
    const [ahead, behind] = [new SimulatedClock(2_000_000), new SimulatedClock(1_000_000)];
    const [one, two] = await Promise.all([openAt(url, ahead), openAt(url, behind)]);
    await one.keys.put(keyRow('a'));
    await two.keys.put(keyRow('b'));
    expect(idsOf((await two.keys.changesSince(2_000_000)).keys).sort()).toEqual(['a', 'b']);
    await Promise.all(['c', 'd', 'e', 'f'].map((id, n) => (n % 2 === 0 ? one : two).keys.put(keyRow(id))));
    expect(await server.query('SELECT min(changed_at)::integer FROM signalbox.keys', name)).toEqual([
      { min: 2_000_000 },
    ]);
  });

  test('that were used at the same time by two servers do not keep these waiting', async () => {
    const { url } = await server.database();
    const servers = await Promise.all([openAt(url), openAt(url)]);
    const ids = Array.from({ length: 100 }, (_, n) => `${n}`);
    for (const id of ids) await servers[0]?.keys.put(keyRow(id));
    const deadlocks = () => server.query('SELECT sum(deadlocks) FROM pg_stat_database');
    const before = await deadlocks();
    for (let at = 1; at < 6; at += 1) {
      await Promise.all([
        ...servers.map(({ keys }, n) => keys.touched(n === 0 ? ids : [...ids].reverse(), at * 10 + n)),
        servers[1]?.keys.put(keyRow('50')),
      ]);
    }
    expect(await deadlocks()).toEqual(before);
    expect((await servers[0]?.keys.find('1'))?.lastUsedAt).toBe(51);
  });

  test('are read in pages, and are whole, and so are changes', async () => {
    const { name, url } = await server.database();
    const { keys } = await openAt(url);
    const ids = Array.from({ length: 2_001 }, (_, n) => `${n}`.padStart(4, '0'));
    // Moments that many share: a page may end in the midst of them.
    await server.query(
      `CREATE TEMPORARY TABLE many AS SELECT lpad(n::text, 4, '0') AS id, n / 700 AS at FROM generate_series(0, 2000) n;
       INSERT INTO signalbox.keys SELECT id, 'virtual', '', '', '{}', at, NULL, NULL, NULL, '', at FROM many;
       INSERT INTO signalbox.key_secrets SELECT id, 1, decode(repeat('00', 32), 'hex'), NULL FROM many;
       INSERT INTO signalbox.revoked_credentials SELECT id, at, NULL FROM many;
       INSERT INTO signalbox.revoked_users SELECT id, at FROM many`,
      name,
    );
    expect(idsOf(await keys.list())).toEqual(ids.toReversed());
    for (const [at, keysAt] of [[1], [0, 2], [1, 3]] as const) {
      const changes = await keys.changesSince(at, keysAt);
      expect(idsOf(changes.keys)).toEqual(ids.slice(700 * (keysAt ?? at)));
      expect(changes.keys.every(({ secrets }) => secrets.length === 1)).toBe(true);
      expect(idsOf(changes.credentials)).toEqual(ids.slice(700 * at));
      expect(idsOf(changes.users)).toEqual(ids.slice(700 * at));
    }
  });

  test('what was revoked and is over is forgotten with the next that is revoked', async () => {
    const { name, url } = await server.database();
    const { keys } = await openAt(url);
    const count = () => server.query('SELECT count(*)::integer FROM signalbox.revoked_credentials', name);
    await keys.revokeCredential('a', 1, Date.now() - 1);
    expect(await count()).toEqual([{ count: 1 }]);
    await keys.revokeCredential('b', 1, null);
    expect(await count()).toEqual([{ count: 1 }]);
    expect((await keys.changesSince(0)).credentials).toEqual([{ id: 'b', until: null }]);
  });
});

test('a question for changes is one statement', async () => {
  const statements: string[] = [];
  const transact: Transact = (work) =>
    work({
      async query(text) {
        statements.push(text);
        return [];
      },
      run: () => expect.fail('nothing is changed'),
    });
  await new PostgresKeys(transact, '"s"', systemClock).changesSince(0);
  expect(statements).toHaveLength(1);
});
