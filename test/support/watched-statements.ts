import type Database from 'better-sqlite3';
import type { Transact } from '../../src/storage/postgres/transaction.ts';
import type { TestPool } from './test-pool.ts';

/**
 * A database of SQLite that reports every statement before it does it.
 *
 * @param before Gets the statement and its values.
 */
export function watchedDatabase(
  database: Database.Database,
  before: (sql: string, values: readonly unknown[]) => void,
): Database.Database {
  const prepare = (sql: string): unknown => {
    const statement = database.prepare(sql);
    const watching =
      (method: 'run' | 'get' | 'all') =>
      (...values: unknown[]) => {
        before(sql, values);
        return statement[method](...values);
      };
    const watched = {
      run: watching('run'),
      get: watching('get'),
      all: watching('all'),
      pluck: () => {
        statement.pluck();
        return watched;
      },
    };
    return watched;
  };
  return { prepare, transaction: database.transaction.bind(database) } as unknown as Database.Database;
}

/** Steps of the plan of a statement of SQLite. */
export function planOf(database: Database.Database, sql: string, values: readonly unknown[]): readonly string[] {
  const explain = database.prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  return explain.all(...values).map(({ detail }) => detail);
}

/**
 * Transactions in PostgreSQL that explain every statement before they do it. PostgreSQL is told to read whole tables, and
 * to sort, only where it knows no other way: without that it does so with every small table.
 *
 * @param report Gets the plan.
 */
export function explainingTransact(pool: TestPool, report: (plan: string) => void): Transact {
  return (work) =>
    pool.transact(async ({ query, run }) => {
      for (const what of ['seqscan', 'sort', 'bitmapscan']) await run(`SET LOCAL enable_${what} = off`);
      const explain = async (text: string, values?: readonly unknown[]) => {
        const rows = await query<{ readonly 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
        report(rows.map((row) => row['QUERY PLAN']).join('\n'));
      };
      return work({
        query: async (text, values) => {
          await explain(text, values);
          return query(text, values);
        },
        run: async (text, values) => {
          await explain(text, values);
          return run(text, values);
        },
      });
    });
}
