import type { Migrated, SchemaVersions } from '../database-storage.ts';
import { SESSIONS } from '../migrations/postgres/001-sessions.ts';
import { KEYS } from '../migrations/postgres/002-keys.ts';
import { MESSAGES } from '../migrations/postgres/003-messages.ts';
import { MODERATION } from '../migrations/postgres/004-moderation.ts';
import { tasks } from '../migrations/postgres/005-tasks.ts';
import { memberships } from '../migrations/postgres/006-memberships.ts';
import { StorageError } from '../storage.ts';
import type { Transaction } from './transaction.ts';

/** The schema's version is the number of migrations that have been run. Never change one, add another. */
const MIGRATIONS: readonly ((schema: string) => string)[] = [SESSIONS, KEYS, MESSAGES, MODERATION, tasks, memberships];

/** The table has one row at most. */
const VERSION_TABLE = (schema: string): string => `
  CREATE TABLE ${schema}.schema_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  integer NOT NULL
  )`;

/** Names of our tables. */
const TABLES = MIGRATIONS.flatMap((migration) =>
  [...migration('s').matchAll(/CREATE TABLE s\.(\w+)/g)].map(([, name]) => name),
);

/** The first of our tables that is not there, or that the role may not use in every way. */
const UNUSABLE = `
  SELECT t.name, c.oid IS NULL AS "isMissing" FROM unnest($2::text[]) AS t (name)
  LEFT JOIN pg_catalog.pg_class c ON c.relname = t.name
    AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1)
  WHERE c.oid IS NULL OR NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
    AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
  ORDER BY "isMissing" DESC, t.name LIMIT 1`;

/** The schema of PostgreSQL that has the tables of signalbox: its version, its migrations, and what the role may do. */
export class PostgresSchema {
  /** For SQL texts. */
  readonly quoted: string;
  readonly #name: string;
  readonly #place: string;

  /**
   * @param name Without quotes, and with no character that needs an escape.
   * @param place Host, port and database, for texts.
   */
  constructor(name: string, place: string) {
    this.#name = name;
    this.#place = place;
    this.quoted = `"${name}"`;
  }

  /** @throws {StorageError} when a newer version of signalbox has used it. */
  async versions(transaction: Transaction): Promise<SchemaVersions> {
    return { version: await this.#version(transaction), latest: MIGRATIONS.length };
  }

  /** Whether it has to be brought up to date. @throws {StorageError} when a newer version of signalbox has used it. */
  async isOld(transaction: Transaction): Promise<boolean> {
    return (await this.#version(transaction)) < MIGRATIONS.length;
  }

  /**
   * Brings the schema up to date, or makes it, while everybody else who wants to do so waits. All in one transaction:
   * it is done whole or not at all.
   *
   * @throws {StorageError} for a schema that is newer, or whose tables are not ours.
   */
  async migrate(transaction: Transaction): Promise<Migrated> {
    // A lock of the transaction, which ends with it: PgBouncer gives the connection to somebody else then.
    await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`signalbox ${this.#name}`]);
    // Read in a statement of its own: another server may have been faster.
    const from = await this.#version(transaction);
    if (from === MIGRATIONS.length) return { from, to: from };
    if (from === 0) await this.#begin(transaction);
    for (const migration of MIGRATIONS.slice(from)) await transaction.run(migration(this.quoted));
    await transaction.run(
      `INSERT INTO ${this.quoted}.schema_version (version) VALUES ($1)
       ON CONFLICT (only_row) DO UPDATE SET version = excluded.version`,
      [MIGRATIONS.length],
    );
    return { from, to: MIGRATIONS.length };
  }

  /** Checks that the tables can be read and written. Rejects as the first use of a table would. */
  async check(transaction: Transaction): Promise<void> {
    const [mode] = await transaction.query<{ readonly isReadOnly: boolean }>(
      `SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
    );
    if (mode?.isReadOnly === true) throw withCode('25006', 'only reading');
    const [table] = await transaction.query<{ readonly name: string; readonly isMissing: boolean }>(UNUSABLE, [
      this.#name,
      TABLES,
    ]);
    if (table === undefined) return;
    const name = `${this.quoted}.${table.name}`;
    throw table.isMissing
      ? withCode('42P01', `there is no ${name}`)
      : withCode('42501', `not all of SELECT, INSERT, UPDATE, DELETE on ${name}`);
  }

  /** Finds out whether the schema can be used, or brought up to date, and leaves everything as it is. */
  async examine(transaction: Transaction): Promise<void> {
    const version = await this.#version(transaction);
    if (version === MIGRATIONS.length) return this.check(transaction);
    if (version > 0) return this.#checkCreate(transaction);
    await transaction.run('SAVEPOINT examined');
    await this.migrate(transaction);
    await transaction.run('ROLLBACK TO SAVEPOINT examined');
  }

  async #checkCreate(transaction: Transaction): Promise<void> {
    const [may] = await transaction.query<{ readonly create: boolean }>(
      `SELECT has_schema_privilege($1, 'CREATE') AS "create"`,
      [this.#name],
    );
    if (may?.create !== true) throw withCode('42501', `no CREATE on ${this.quoted}`);
  }

  async #begin(transaction: Transaction): Promise<void> {
    const [database] = await transaction.query<{ readonly encoding: string }>(
      `SELECT current_setting('server_encoding') AS encoding`,
    );
    if (database?.encoding !== 'UTF8') {
      throw new StorageError(
        'unwritable',
        `PostgreSQL at ${this.#place} has the encoding ${database?.encoding}, and signalbox needs UTF8: ` +
          'make a database with it.',
      );
    }
    // Not IF NOT EXISTS, which needs the right to make schemas also for one that is there.
    if (!(await this.#exists(transaction))) await transaction.run(`CREATE SCHEMA ${this.quoted}`);
    await transaction.run(VERSION_TABLE(this.quoted));
  }

  async #exists(transaction: Transaction): Promise<boolean> {
    const found = await transaction.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [this.#name]);
    return found.length > 0;
  }

  /** The version that is there; 0: none. */
  async #version(transaction: Transaction): Promise<number> {
    const tables = await transaction.query(
      `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relname = 'schema_version'`,
      [this.#name],
    );
    if (tables.length === 0) return 0;
    const [row] = await transaction.query<{ readonly version: number }>(
      `SELECT version FROM ${this.quoted}.schema_version`,
    );
    const version = row?.version ?? 0;
    if (version > MIGRATIONS.length) {
      throw new StorageError(
        'newer-schema',
        `${this.quoted} in PostgreSQL at ${this.#place} has schema ${version}, and this version of signalbox knows ` +
          `${MIGRATIONS.length} at most: a newer version has used it. Start that one, or name another schema.`,
      );
    }
    return version;
  }
}

/** An error with a code of PostgreSQL, so that it is told as one of PostgreSQL's own. */
function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
