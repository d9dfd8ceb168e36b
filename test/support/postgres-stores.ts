import { PostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import type { Transact } from '../../src/storage/postgres/transaction.ts';
import { StorageError } from '../../src/storage/storage.ts';
import type { OpenedStore } from '../../src/testing/store-test.ts';
import { startPostgres } from './postgres.ts';

/** Makes the tables of a store. `schema` is quoted. */
export type Migration = (schema: string) => string;

/** A PostgreSQL of its own, with a new schema for each store. */
export interface PostgresStores {
  readonly url: string;
  readonly pool: PostgresPool;
  /** Makes a schema with the tables of a store. @returns its name, quoted. */
  schema(migration: Migration): Promise<string>;
  /** Opens a store in a schema of its own. */
  open<Store>(migration: Migration, make: (transact: Transact, schema: string) => Store): Promise<OpenedStore<Store>>;
  stop(): Promise<void>;
}

export async function startPostgresStores(): Promise<PostgresStores> {
  const server = await startPostgres();
  const pool = new PostgresPool(server.url);
  let schemas = 0;
  async function schema(migration: Migration): Promise<string> {
    const name = `"store ${++schemas}"`;
    await pool.transact((transaction) => transaction.run(`CREATE SCHEMA ${name}; ${migration(name)}`));
    return name;
  }
  return {
    url: server.url,
    pool,
    schema,
    async open(migration, make) {
      let isOpen = true;
      const transact: Transact = async (work) => {
        if (!isOpen) throw new StorageError('closed', 'The storage is not open.');
        return pool.transact(work);
      };
      return {
        store: make(transact, await schema(migration)),
        close: async () => {
          isOpen = false;
        },
        reopen: async () => {
          isOpen = true;
        },
      };
    },
    async stop() {
      await pool.close();
      await server.stop();
    },
  };
}

/** Does all work twice, as when the answer to each COMMIT is lost. */
export function withLostAnswers(transact: Transact): Transact {
  return async (work) => {
    await transact(work);
    return transact(work);
  };
}
