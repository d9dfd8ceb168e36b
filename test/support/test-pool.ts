import * as pg from 'pg';
import { systemClock } from '../../src/clock.ts';
import { POOL_LIMITS } from '../../src/storage/postgres/postgres-limits.ts';
import { PostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import { readPostgresUrl } from '../../src/storage/postgres/postgres-url.ts';
import type { Transact, Transaction } from '../../src/storage/postgres/transaction.ts';

/** A pool of connections to PostgreSQL, as one more server has it. */
export interface TestPool {
  readonly transact: Transact;
  close(): Promise<void>;
}

export function testPool(url: string): TestPool {
  const pool = new PostgresPool({ pg, address: readPostgresUrl(url), limits: POOL_LIMITS, clock: systemClock });
  // Of its own, so that a test may take it apart.
  const bound = (transaction: Transaction): Transaction => ({
    query: (...statement) => transaction.query(...statement),
    run: (...statement) => transaction.run(...statement),
  });
  return { transact: (work) => pool.run((transaction) => work(bound(transaction))), close: () => pool.close() };
}
