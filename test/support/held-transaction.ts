import { defer } from '../../src/promises.ts';
import type { PostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import type { Transact } from '../../src/storage/postgres/transaction.ts';

/** Transactions that have done their work, and do not end before they are let. */
export interface HeldTransactions {
  readonly transact: Transact;
  /** Resolves when the work of the first one is done. */
  readonly done: Promise<void>;
  /** Lets all of them commit. */
  release(): void;
}

export function holdTransactions(transact: Transact): HeldTransactions {
  const [done, released] = [defer<void>(), defer<void>()];
  return {
    transact: (work) =>
      transact(async (transaction) => {
        const result = await work(transaction);
        done.resolve();
        await released.promise;
        return result;
      }),
    done: done.promise,
    release: released.resolve,
  };
}

/** Resolves when so many connections wait for a lock of another one. */
export async function untilWaiting(pool: PostgresPool, wanted = 1): Promise<void> {
  for (let found = 0; found < wanted; ) {
    const rows = await pool.transact((transaction) =>
      transaction.query<{ readonly waiting: number }>(
        "SELECT count(*) AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
      ),
    );
    found = rows[0]?.waiting ?? 0;
  }
}
