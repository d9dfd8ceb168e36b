import type Database from 'better-sqlite3';

/** NULL, for ever, is later than any moment. */
const REVOKE_CREDENTIAL = `
  INSERT INTO revoked_credentials (id, at, until) VALUES (@id, @at, @until)
  ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at), until = max(until, excluded.until)`;

const REVOKE_USER = `
  INSERT INTO revoked_users (id, at) VALUES (@id, @at)
  ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at)`;

/** Number of expired entries that one revocation removes at most, so that none of them takes long. */
const FORGET = `DELETE FROM revoked_credentials
  WHERE id IN (SELECT id FROM revoked_credentials WHERE until <= @now LIMIT 1000)`;

/** Statements on the tables of what was revoked in one open database. */
export class RevocationTables {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  revokeCredential(id: string, at: number, until: number | null, now: number): void {
    const revoke = this.#database.transaction(() => {
      this.#database.prepare(FORGET).run({ now });
      this.#database.prepare(REVOKE_CREDENTIAL).run({ id, at, until });
    });
    revoke.immediate();
  }

  revokeUser(id: string, at: number): void {
    this.#database.prepare(REVOKE_USER).run({ id, at });
  }
}
