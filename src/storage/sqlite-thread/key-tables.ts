import type Database from 'better-sqlite3';
import type { KeyRow } from '../key-store.ts';
import { conflictOf, KEY_COLUMNS } from '../rows/key-rows.ts';
import type { AskedChanges, ChangesEnd, ChangesPage, KeyPage, KeyTopic, PageEnd } from '../sqlite/topics.ts';
import { StorageError } from '../storage.ts';
import { changesOf } from './changes.ts';
import { endOf, PAGE_ROWS } from './pages.ts';
import { RevocationTables } from './revocation-tables.ts';

const NAMES = Object.values(KEY_COLUMNS);
const SELECTED = Object.entries(KEY_COLUMNS).map(([field, column]) => `${column} AS ${field}`);

/** A key that is revoked stays so: who puts a row that they have read before may not know it yet. */
const PUT = `
  INSERT INTO keys (${NAMES.join(', ')}, changed_at)
  VALUES (${Object.keys(KEY_COLUMNS).map((field) => `@${field}`)},
    max(@now, coalesce((SELECT max(changed_at) FROM keys), 0)))
  ON CONFLICT (id) DO UPDATE SET changed_at = excluded.changed_at,
    ${NAMES.map((name) => `${name} = ${name === 'revoked_at' ? 'coalesce(revoked_at, excluded.revoked_at)' : `excluded.${name}`}`)}`;

/** `@ids`: a JSON list. */
const TOUCH = `UPDATE keys SET last_used_at = @at
  WHERE id IN (SELECT value FROM json_each(@ids)) AND (last_used_at IS NULL OR last_used_at < @at)`;

const SECRETS = 'SELECT number, sha256, until FROM key_secrets WHERE key_id = ? ORDER BY number';

type Secret = KeyRow['secrets'][number];
/** `roles`: a JSON list. */
type Flat = Omit<KeyRow, 'roles' | 'secrets'> & { readonly roles: string };

/** Statements on the tables of keys in one open database. */
export class KeyTables implements KeyTopic {
  readonly #database: Database.Database;
  readonly #revocations: RevocationTables;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#revocations = new RevocationTables(database);
  }

  put({ secrets, ...key }: KeyRow, now: number): void {
    const insert = this.#database.prepare(
      'INSERT INTO key_secrets (key_id, number, sha256, until) VALUES (?, ?, ?, ?)',
    );
    const put = this.#database.transaction(() => {
      const conflict = conflictOf({ secrets, ...key }, this.#secrets(key.id).at(-1));
      if (conflict !== undefined) throw new StorageError('failed', conflict);
      this.#database.prepare(PUT).run({ ...key, roles: JSON.stringify(key.roles), now });
      this.#database.prepare('DELETE FROM key_secrets WHERE key_id = ?').run(key.id);
      for (const { number, sha256, until } of secrets) insert.run(key.id, number, sha256, until);
    });
    put.immediate();
  }

  find(id: string): KeyRow | undefined {
    return this.#database.transaction(() => this.#find(id))();
  }

  touched(ids: readonly string[], at: number): void {
    this.#database.prepare(TOUCH).run({ ids: JSON.stringify(ids), at });
  }

  revokeCredential(id: string, at: number, until: number | null, now: number): void {
    this.#revocations.revokeCredential(id, at, until, now);
  }

  revokeUser(id: string, at: number): void {
    this.#revocations.revokeUser(id, at);
  }

  changes(asked: AskedChanges, after: ChangesEnd | undefined): ChangesPage {
    // One snapshot: the secrets belong to the keys, whoever writes meanwhile.
    return this.#database.transaction(() => changesOf(this.#database, asked, after, (id) => this.#find(id)))();
  }

  #find(id: string): KeyRow | undefined {
    const flat = this.#database.prepare<[string], Flat>(`SELECT ${SELECTED} FROM keys WHERE id = ?`).get(id);
    return flat && this.#rowOf(flat);
  }

  page(after: PageEnd | undefined): KeyPage {
    const rest = after === undefined ? '' : 'WHERE (created_at, id) < (@at, @id)';
    // One snapshot, as above.
    return this.#database.transaction(() => {
      const rows = this.#database
        .prepare<[object], Flat>(
          `SELECT ${SELECTED} FROM keys ${rest} ORDER BY created_at DESC, id DESC LIMIT ${PAGE_ROWS}`,
        )
        .all({ ...after })
        .map((flat) => this.#rowOf(flat));
      return { rows, end: endOf(rows, ({ createdAt, id }) => ({ at: createdAt, id })) };
    })();
  }

  #rowOf(flat: Flat): KeyRow {
    const { id, kind, name, userId, roles, createdAt, expiresAt, revokedAt, lastUsedAt, lastFour } = flat;
    const list = JSON.parse(roles) as string[];
    const rest = { roles: list, createdAt, expiresAt, revokedAt, lastUsedAt, lastFour, secrets: this.#secrets(id) };
    return { id, kind, name, userId, ...rest };
  }

  #secrets(id: string): Secret[] {
    return this.#database.prepare<[string], Secret>(SECRETS).all(id);
  }
}
