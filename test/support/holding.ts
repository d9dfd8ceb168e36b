import { defer } from '../../src/promises.ts';
import type { Transact, Transaction } from '../../src/storage/postgres/transaction.ts';
import type { TestPool } from './test-pool.ts';

/** Transactions in PostgreSQL that do their work, and wait before their COMMIT, or before a statement. */
export class Holding {
  readonly transact: Transact;
  readonly #done = defer();
  readonly #released = defer();

  /** @param before The statement before which they wait. Default: the COMMIT. */
  constructor(pool: TestPool, before?: RegExp) {
    this.transact = (work) =>
      pool.transact(async (transaction) => {
        if (before !== undefined) return work(this.#waiting(transaction, before));
        const result = await work(transaction);
        await this.#wait();
        return result;
      });
  }

  #waiting({ query, run }: Transaction, before: RegExp): Transaction {
    const reach = (text: string) => (before.test(text) ? this.#wait() : undefined);
    return {
      query: async (text, values) => {
        await reach(text);
        return query(text, values);
      },
      run: async (text, values) => {
        await reach(text);
        return run(text, values);
      },
    };
  }

  #wait(): Promise<void> {
    this.#done.resolve();
    return this.#released.promise;
  }

  /** Resolves when the first of them waits. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  release(): void {
    this.#released.resolve();
  }
}

/** Finds out whether a call waits for a lock of somebody else, or is done. */
export async function waitsOrDone(call: Promise<unknown>, pool: TestPool): Promise<'waits' | 'done'> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  call.then(done, done);
  for (;;) {
    const waiting = await pool.transact(({ query }) => query('SELECT 1 FROM pg_locks WHERE NOT granted'));
    if (waiting.length > 0) return 'waits';
    if (isDone) return 'done';
  }
}
