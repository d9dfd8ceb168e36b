import type Database from 'better-sqlite3';
import type { PostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import type { Transact } from '../../src/storage/postgres/transaction.ts';

/**
 * A database in SQLite that explains every statement before it does it.
 *
 * @param report Gets the steps of its plan.
 */
export function explainingDatabase(
  database: Database.Database,
  report: (plan: readonly string[]) => void,
): Database.Database {
  const prepare = (sql: string): unknown => {
    const statement = database.prepare(sql);
    const explain = database.prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
    const explaining =
      (method: 'run' | 'get' | 'all') =>
      (...values: unknown[]) => {
        report(explain.all(...values).map(({ detail }) => detail));
        return statement[method](...values);
      };
    const explained = {
      run: explaining('run'),
      get: explaining('get'),
      all: explaining('all'),
      pluck: () => {
        statement.pluck();
        return explained;
      },
    };
    return explained;
  };
  return { prepare, transaction: database.transaction.bind(database) } as unknown as Database.Database;
}

/**
 * Transactions in PostgreSQL that explain every statement before they do it. PostgreSQL is told to read whole tables, and
 * to sort, only where it knows no other way: without that it does so with every small table.
 *
 * @param report Gets the plan.
 */
export function explainingTransact(pool: PostgresPool, report: (plan: string) => void): Transact {
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
