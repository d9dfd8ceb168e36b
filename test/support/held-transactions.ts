import { defer } from '../../src/promises.ts';
import type { Transact } from '../../src/storage/postgres/transaction.ts';
import type { TestPool } from './test-pool.ts';

/** Transactions that stop, and do not go on before they are let. */
export interface HeldTransactions {
  readonly transact: Transact;
  /** Resolves when the first one has stopped. */
  readonly held: Promise<void>;
  /** Lets all of them go on. */
  release(): void;
}

/**
 * Makes transactions that stop.
 *
 * @param before The statement before which they stop. Default: the COMMIT.
 */
export function holdTransactions(transact: Transact, before?: RegExp): HeldTransactions {
  const [held, released] = [defer<void>(), defer<void>()];
  async function hold(): Promise<void> {
    held.resolve();
    await released.promise;
  }
  return {
    transact: (work) =>
      transact(async (transaction) => {
        const result = await work({
          async query(text, values) {
            if (before?.test(text) === true) await hold();
            return transaction.query(text, values);
          },
          async run(text, values) {
            if (before?.test(text) === true) await hold();
            return transaction.run(text, values);
          },
        });
        if (before === undefined) await hold();
        return result;
      }),
    held: held.promise,
    release: released.resolve,
  };
}

/** Resolves when a connection waits for a lock of another one. */
export async function untilWaiting(pool: TestPool): Promise<void> {
  for (let found = 0; found === 0; ) {
    const rows = await pool.transact((transaction) =>
      transaction.query<{ readonly waiting: number }>(
        "SELECT count(*) AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
      ),
    );
    found = rows[0]?.waiting ?? 0;
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
