import type Database from 'better-sqlite3';
import type { KeyRequest, KeyResults } from '../key-requests.ts';

type Revocation = Extract<KeyRequest, { readonly type: `revoke-${string}` }>;

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

  answer(request: Revocation): KeyResults[Revocation['type']] {
    switch (request.type) {
      case 'revoke-credential':
        return this.#revokeCredential(request);
      case 'revoke-user':
        this.#database.prepare(REVOKE_USER).run({ id: request.id, at: request.at });
        return undefined;
    }
  }

  #revokeCredential({ id, at, until, now }: Extract<Revocation, { readonly type: 'revoke-credential' }>): undefined {
    const revoke = this.#database.transaction(() => {
      this.#database.prepare(FORGET).run({ now });
      this.#database.prepare(REVOKE_CREDENTIAL).run({ id, at, until });
    });
    revoke.immediate();
  }
}
