import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { hasPostgres, type PostgresServer, startPostgres } from './postgres.ts';
import { type TestPool, testPool } from './test-pool.ts';

/** Makes the tables of a store in a schema. */
export type Migration = (schema: string) => string;

/** A schema with the tables of one store. */
export interface PostgresSchema {
  readonly name: string;
  /** Connects as one more node does, with a pool of its own. Closed at the end of the test file, at the latest. */
  connect(): TestPool;
}

/** A PostgreSQL that runs while the tests of this file do. They are skipped where there is none. */
export class PostgresStores {
  #server: PostgresServer | undefined;
  #schemas = 0;
  readonly #pools = new Set<TestPool>();

  constructor() {
    beforeAll(async () => {
      if (hasPostgres) this.#server = await startPostgres();
    });
    beforeEach(({ skip }) => skip(!hasPostgres, 'there is no PostgreSQL'));
    afterAll(async () => {
      await Promise.all([...this.#pools].map((pool) => pool.close()));
      await this.#server?.stop();
    });
  }

  async schema(...migrations: readonly Migration[]): Promise<PostgresSchema> {
    return this.#schema(migrations, this.#url);
  }

  /** A schema in a database whose language has another order of texts than their code points. */
  async schemaInEnglish(...migrations: readonly Migration[]): Promise<PostgresSchema> {
    const client = new pg.Client(this.#url);
    await client.connect();
    try {
      await client.query("CREATE DATABASE english TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'");
    } finally {
      await client.end();
    }
    return this.#schema(migrations, this.#url.replace(/[^/]*$/, 'english'));
  }

  get #url(): string {
    if (this.#server === undefined) throw new Error('PostgreSQL runs within tests only');
    return this.#server.url;
  }

  async #schema(migrations: readonly Migration[], url: string): Promise<PostgresSchema> {
    const name = `s${++this.#schemas}`;
    const pool = this.#connect(url);
    await pool.transact(async (transaction) => {
      await transaction.run(`CREATE SCHEMA ${name}`);
      for (const migration of migrations) await transaction.run(migration(name));
    });
    await this.#close(pool);
    return { name, connect: () => this.#connect(url) };
  }

  #connect(url: string): TestPool {
    const pool = testPool(url);
    this.#pools.add(pool);
    return pool;
  }

  async #close(pool: TestPool): Promise<void> {
    this.#pools.delete(pool);
    await pool.close();
  }
}
