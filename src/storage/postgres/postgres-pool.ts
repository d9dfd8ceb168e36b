import pg from 'pg';
import type { Transact } from './transaction.ts';

/** A pool of connections to PostgreSQL. */
export class PostgresPool {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: 4,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
      types: {
        getTypeParser: (oid: number, format?: string) =>
          oid === 20 ? Number : pg.types.getTypeParser(oid, format as 'text'),
      },
    } as pg.PoolConfig);
    this.#pool.on('error', () => {});
  }

  readonly transact: Transact = async (work) => {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work({
        query: async (text, values = []) => (await client.query(text, [...values])).rows,
        run: async (text, values = []) => (await client.query(text, [...values])).rowCount ?? 0,
      });
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
