import { beforeAll } from 'vitest';
import type { Transact } from '../../src/storage/postgres/transaction.ts';
import type { SqliteStorage } from '../../src/storage/sqlite.ts';
import { hasPostgres } from '../support/postgres.ts';
import { type Migration, PostgresStores } from '../support/postgres-stores.ts';
import { SqliteNodes } from '../support/sqlite-nodes.ts';
import type { TestPool } from '../support/test-pool.ts';
import { type Ask, answerOf } from './asked.ts';

/** A store that is used by many histories, one after the other: to make a database for each would take most of the time. */
export interface ModelledStore<Store> {
  /** Deletes all rows. */
  clear(): Promise<void>;
  answerTo(asked: Ask<Store>): Promise<unknown>;
}

export function sqliteStore<Store>(
  pick: (storage: SqliteStorage) => Store,
  tables: readonly string[],
): ModelledStore<Store> {
  const nodes = new SqliteNodes(1, tables);
  return {
    clear: async () => nodes.clear(),
    answerTo: (asked) => answerOf(pick(nodes.storages[0] as SqliteStorage), asked),
  };
}

/** A store in PostgreSQL. Transactions of a call may be done twice, as those whose COMMIT is done and not answered. */
export function postgresStore<Store>(
  migration: Migration,
  make: (transact: Transact, schema: string) => Store,
  tables: readonly string[],
): ModelledStore<Store> {
  const postgres = new PostgresStores();
  let opened: { readonly pool: TestPool; readonly store: Store; readonly cleared: string };
  let isRepeated = false;
  beforeAll(async () => {
    if (!hasPostgres) return;
    const schema = await postgres.schema(migration);
    const pool = schema.connect();
    const transact: Transact = async (work) => {
      if (isRepeated) await pool.transact(work);
      return pool.transact(work);
    };
    const cleared = tables.map((table) => `DELETE FROM ${schema.name}.${table};`).join('');
    opened = { pool, store: make(transact, schema.name), cleared };
  });
  return {
    clear: async () => void (await opened.pool.transact((transaction) => transaction.run(opened.cleared))),
    answerTo: (asked) => {
      isRepeated = asked.isRepeated;
      return answerOf(opened.store, asked);
    },
  };
}
