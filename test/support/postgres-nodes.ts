import type { Transact, Transaction } from '../../src/storage/postgres/transaction.ts';
import type { PostgresSchema } from './postgres-stores.ts';
import type { TestPool } from './test-pool.ts';

/** Servers that share a schema. */
export class PostgresNodes<Store> {
  readonly stores: readonly Store[];
  /** Errors of statements, such as a deadlock, also when the transaction is repeated and then succeeds. */
  readonly failures: unknown[] = [];
  /** Whether each transaction is done twice, as one whose COMMIT is done and not answered. */
  areRepeated = false;
  readonly #pools: readonly TestPool[];
  readonly #cleared: string;

  constructor(
    schema: PostgresSchema,
    count: number,
    tables: readonly string[],
    make: (transact: Transact, schema: string) => Store,
  ) {
    this.#pools = Array.from({ length: count }, () => schema.connect());
    this.stores = this.#pools.map((pool) => make(this.#transact(pool), schema.name));
    this.#cleared = tables.map((table) => `DELETE FROM ${schema.name}.${table};`).join('');
  }

  /** Deletes all rows. */
  async clear(): Promise<void> {
    await this.#pools[0]?.transact((transaction) => transaction.run(this.#cleared));
  }

  /** Asks all at once, one server after the other. @returns the answers. */
  atOnce<T>(asks: readonly ((store: Store) => Promise<T>)[]): Promise<readonly T[]> {
    return Promise.all(asks.map((ask, n) => ask(this.stores[n % this.stores.length] as Store)));
  }

  #transact(pool: TestPool): Transact {
    return async (work) => {
      const watched = (transaction: Transaction) => work(this.#watched(transaction));
      if (this.areRepeated) await pool.transact(watched);
      return pool.transact(watched);
    };
  }

  #watched({ query, run }: Transaction): Transaction {
    const noted = async <T>(result: Promise<T>): Promise<T> => {
      try {
        return await result;
      } catch (error) {
        this.failures.push(error);
        throw error;
      }
    };
    return { query: (text, values) => noted(query(text, values)), run: (text, values) => noted(run(text, values)) };
  }
}
