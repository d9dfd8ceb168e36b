import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { PostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import type { Transact } from '../../src/storage/postgres/transaction.ts';
import { StorageError } from '../../src/storage/storage.ts';
import type { OpenedStore } from '../../src/testing/opened-store.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';

/** Makes the tables of a store in a schema. */
export type Migration = (schema: string) => string;

/** A schema with the tables of one store. */
export interface PostgresSchema {
  readonly name: string;
  /** Connects as one more node does, with a pool of its own. Closed at the end of the test file, at the latest. */
  connect(): PostgresPool;
}

/** A PostgreSQL that runs while the tests of this file do. */
export class PostgresStores {
  #server: PostgresServer | undefined;
  #schemas = 0;
  readonly #pools = new Set<PostgresPool>();

  constructor() {
    beforeAll(async () => {
      this.#server = await startPostgres();
    });
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

  /** Opens a store in a schema of its own. */
  async open<Store>(
    migration: Migration,
    make: (transact: Transact, schema: string) => Store,
  ): Promise<OpenedStore<Store>> {
    const schema = await this.schema(migration);
    let pool: PostgresPool | undefined = schema.connect();
    const transact: Transact = async (work) => {
      if (pool === undefined) throw new StorageError('closed', 'The pool is closed.');
      return pool.transact(work);
    };
    return {
      store: make(transact, schema.name),
      close: async () => {
        const open = pool;
        pool = undefined;
        if (open !== undefined) await this.#close(open);
      },
      reopen: async () => {
        pool = schema.connect();
      },
    };
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

  #connect(url: string): PostgresPool {
    const pool = new PostgresPool(url);
    this.#pools.add(pool);
    return pool;
  }

  async #close(pool: PostgresPool): Promise<void> {
    this.#pools.delete(pool);
    await pool.close();
  }
}
