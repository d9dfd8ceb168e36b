// PostgreSQL behind PgBouncer in transaction mode: the next transaction may be that of another client.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { keyStoreContract } from '../../src/testing/key-store-contract.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { storageContract } from '../../src/testing/storage-contract.ts';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';

const isThere = hasPostgres && hasPgBouncer;
let server: PostgresServer;
let bouncer: PgBouncer;
let url: string;
let schemas = 0;

beforeAll(async () => {
  if (!isThere) return;
  server = await startPostgres();
  const { name } = await server.database();
  bouncer = await startPgBouncer(server.port, [name]);
  url = server.urlOf(name, bouncer.port);
});
afterAll(async () => {
  await bouncer?.stop();
  await server?.stop();
});

/** The URL of a schema that nobody has used. */
function freshUrl(): string {
  schemas += 1;
  return `${url}?schema=test_${schemas}`;
}

describe.runIf(isThere)('behind PgBouncer', () => {
  storageContract({ test, expect }, () => new PostgresStorage(freshUrl()));
  keyStoreContract({ test, expect }, (clock) => new PostgresStorage(freshUrl(), clock));

  test('many servers that start at once make the schema once', async () => {
    const shared = freshUrl();
    const migrated = await Promise.all(Array.from({ length: 10 }, () => new PostgresStorage(shared).migrate()));
    expect(migrated.filter(({ from }) => from === 0)).toHaveLength(1);
  });

  test('a setting that it does not take is named', async () => {
    await expect(new PostgresStorage(`${url}?options=-c%20work_mem%3D8MB`).examine()).rejects.toMatchObject({
      message: expect.stringContaining('(08P01, unsupported startup parameter: options)'),
    });
  });

  test('no setting of ours stays on the connection that others get', async () => {
    const storage = new PostgresStorage(freshUrl());
    await storage.open(ALONE);
    await Promise.all(Array.from({ length: 8 }, () => storage.sessions.list()));
    await storage.close();
    const other = new pg.Client(url);
    await other.connect();
    for (let n = 0; n < 8; n += 1) {
      const { rows } = await other.query(
        `SELECT name, setting FROM pg_settings WHERE name ~ '^(statement|lock|idle_in_transaction_session)_timeout$'
         AND setting <> '0'`,
      );
      expect(rows).toEqual([]);
    }
    await other.end();
  });
});
