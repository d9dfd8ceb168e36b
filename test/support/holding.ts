import { defer } from '../../src/promises.ts';
import type { Transact } from '../../src/storage/postgres/transaction.ts';
import type { TestPool } from './test-pool.ts';

/** Transactions in PostgreSQL that do their work, and wait before their COMMIT. */
export class Holding {
  readonly transact: Transact;
  readonly #done = defer();
  readonly #released = defer();

  constructor(pool: TestPool) {
    this.transact = (work) =>
      pool.transact(async (transaction) => {
        const result = await work(transaction);
        this.#done.resolve();
        await this.#released.promise;
        return result;
      });
  }

  /** Resolves when the first of them has done its work. */
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
