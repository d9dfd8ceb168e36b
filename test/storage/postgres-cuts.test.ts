// Connections to PostgreSQL that are cut anywhere: also between COMMIT and its answer, when nobody knows what was done.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { POOL_LIMITS } from '../../src/storage/postgres/postgres-limits.ts';
import { loadPg } from '../../src/storage/postgres/postgres-package.ts';
import { PostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import { readPostgresUrl } from '../../src/storage/postgres/postgres-url.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { keyRow, secretOf } from '../../src/testing/key-rows.ts';
import type { KeyStorage } from '../../src/testing/key-store-contract.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.ts';
import { property } from '../support/property.ts';

let server: PostgresServer;
let proxy: PostgresProxy;
/** URL of a database behind the proxy. */
let url: string;
let name: string;
const TABLES = ['sessions', 'keys', 'key_secrets', 'revoked_credentials'].map((table) => `signalbox.${table}`);

beforeAll(async () => {
  if (!hasPostgres) return;
  server = await startPostgres();
  proxy = await startPostgresProxy(server.port);
  ({ name } = await server.database());
  url = server.urlOf(name, proxy.port);
  await new PostgresStorage(url).migrate();
  await server.query(
    `SET ROLE ${name}; CREATE TABLE entries (id bigint PRIMARY KEY); CREATE TABLE total (sum bigint)`,
    name,
  );
});
afterAll(async () => {
  proxy?.close();
  await server?.stop();
});

/** The requests of a piece of work are BEGIN, a statement or more, and COMMIT, whose answer has 18 bytes. */
const CUTS = fc.array(fc.record({ after: fc.nat(6), answered: fc.integer({ min: -1, max: 19 }) }), {
  minLength: 1,
  maxLength: 4,
});
const LOST_COMMIT = 'a COMMIT was done, and its answer lost';
const LOST_REST = 'another answer was lost';

function reachedBy(lost: readonly string[], reached: (name: typeof LOST_COMMIT | typeof LOST_REST) => void): void {
  if (lost.includes('COMMIT')) reached(LOST_COMMIT);
  if (lost.some((request) => request !== 'COMMIT')) reached(LOST_REST);
}

describe.runIf(hasPostgres)('connections that are cut anywhere', () => {
  property(
    'no amount is lost, and none counts twice',
    [fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 }), CUTS],
    { runs: 20, sometimes: [LOST_COMMIT, LOST_REST], examples: [[[7], [{ after: 3, answered: 0 }]]] },
    async (amounts, cuts, reached) => {
      await server.query('TRUNCATE entries, total; INSERT INTO total VALUES (0)', name);
      const pool = new PostgresPool({
        pg: await loadPg(),
        address: readPostgresUrl(url),
        limits: POOL_LIMITS,
        clock: systemClock,
      });
      const before = proxy.lost.length;
      proxy.plan(cuts);
      await Promise.all(
        amounts.map((amount, id) =>
          pool.run(async (transaction) => {
            const added = await transaction.run('INSERT INTO entries VALUES ($1) ON CONFLICT DO NOTHING', [id]);
            if (added === 1) await transaction.run('UPDATE total SET sum = sum + $1', [amount]);
          }),
        ),
      );
      await pool.close();
      expect(await server.query('SELECT sum, (SELECT count(*) FROM entries) FROM total', name)).toEqual([
        { sum: `${amounts.reduce((sum, amount) => sum + amount)}`, count: `${amounts.length}` },
      ]);
      reachedBy(proxy.lost.slice(before), reached);
    },
  );

  property(
    'sessions and keys are what a storage in memory has',
    [fc.array(fc.tuple(fc.nat(4), fc.nat(2)), { minLength: 3, maxLength: 8 }), CUTS],
    {
      runs: 15,
      sometimes: [LOST_COMMIT, LOST_REST],
      examples: [
        [
          [
            [0, 0],
            [2, 0],
          ],
          [{ after: 2, answered: 0 }],
        ],
      ],
    },
    async (steps, cuts, reached) => {
      await server.query(`TRUNCATE ${TABLES}`, name);
      const limits = { ...POOL_LIMITS, opening: POOL_LIMITS.work };
      const storage = new PostgresStorage(url, systemClock, limits);
      const model = new MemoryStorage();
      const before = proxy.lost.length;
      await Promise.all([storage.open(ALONE), model.open(ALONE)]);
      proxy.plan(cuts);
      for (const [kind, id] of steps) expect(await take(storage, kind, id)).toEqual(await take(model, kind, id));
      proxy.plan([]);
      expect(await allOf(storage)).toEqual(await allOf(model));
      await storage.close();
      reachedBy(proxy.lost.slice(before), reached);
    },
  );

  test('lost sessions count, also when nobody has confirmed their ends', async () => {
    await server.query(`TRUNCATE ${TABLES}`, name);
    const storage = new PostgresStorage(url);
    await storage.open(ALONE);
    await storage.sessions.save([sessionRecord('a'), sessionRecord('b')]);
    await storage.close();
    const before = proxy.lost.length;
    proxy.plan([{ after: 'SET disconnected_at', answered: 0 }]);
    expect(await storage.open(ALONE)).toEqual({ lost: 2 });
    expect(proxy.lost.slice(before)).toEqual(['COMMIT']);
    await storage.close();
  });
});

/** Does one thing to a storage. @returns what it answers. */
async function take(storage: KeyStorage, kind: number, id: number): Promise<unknown> {
  const record = sessionRecord(`${id}`);
  switch (kind) {
    case 0:
      return storage.sessions.save([record, sessionRecord('another')]);
    case 1:
      return storage.sessions.save([ended(record)]);
    case 2:
      await storage.close();
      return storage.open(ALONE);
    case 3:
      return storage.keys.put(keyRow(`${id}`, { secrets: [secretOf(1), secretOf(2)] }));
    default:
      return storage.keys.revokeCredential(`${id}`, 1_000 + id, null);
  }
}

/** What is in a storage, without the moments of which each storage has its own. */
async function allOf(storage: KeyStorage): Promise<unknown> {
  const sessions = await storage.sessions.list();
  const { credentials } = await storage.keys.changesSince(0);
  return {
    sessions: sessions.map((session) => (session.closeReason === 'lost' ? { ...session, disconnectedAt: 0 } : session)),
    keys: await storage.keys.list(),
    credentials: [...credentials].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}
