import type { Transact } from '../../src/storage/postgres/transaction.ts';
import { StorageError } from '../../src/storage/storage.ts';
import type { OpenedStore } from '../../src/testing/opened-store.ts';
import type { Migration, PostgresStores } from './postgres-stores.ts';

/** Opens a store in PostgreSQL that does all work twice, as when the answer to each COMMIT is lost. */
export async function openWithLostAnswers<Store>(
  postgres: PostgresStores,
  migration: Migration,
  make: (transact: Transact, schema: string) => Store,
): Promise<OpenedStore<Store>> {
  const schema = await postgres.schema(migration);
  const pool = schema.connect();
  let isOpen = true;
  const transact: Transact = async (work) => {
    if (!isOpen) throw new StorageError('closed', 'The storage is not open.');
    await pool.transact(work);
    return pool.transact(work);
  };
  return {
    store: make(transact, schema.name),
    close: async () => {
      isOpen = false;
    },
    reopen: async () => {
      isOpen = true;
    },
  };
}
