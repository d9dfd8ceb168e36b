import type { Clock } from '../../clock.ts';
import type { KeyRow, KeyStore, StoreChanges } from '../key-store.ts';
import { conflictOf, copyOfRow, KEY_COLUMNS } from '../rows/key-rows.ts';
import { StorageError } from '../storage.ts';
import { type FlatKey, rowOf, selectedKey } from './flat-key.ts';
import { PostgresChanges } from './postgres-changes.ts';
import type { Transact, Transaction } from './transaction.ts';

/** Rows that one statement reads, so that no transaction takes long. */
const PAGE_ROWS = 1_000;
/** Number of entries that are over and that one revocation removes at most, so that none of them takes long. */
const FORGOTTEN_ROWS = 1_000;

const NAMES = Object.values(KEY_COLUMNS);
const FIELDS = Object.keys(KEY_COLUMNS) as (keyof typeof KEY_COLUMNS)[];

/** API keys in PostgreSQL, and what was revoked. */
export class PostgresKeys implements KeyStore {
  readonly #transact: Transact;
  readonly #schema: string;
  readonly #clock: Pick<Clock, 'wallNow'>;
  readonly #changes: PostgresChanges;

  /** @param schema Name of the schema, quoted. */
  constructor(transact: Transact, schema: string, clock: Pick<Clock, 'wallNow'>) {
    this.#transact = transact;
    this.#schema = schema;
    this.#clock = clock;
    this.#changes = new PostgresChanges(transact, schema);
  }

  async put(given: KeyRow): Promise<void> {
    const row = copyOfRow(given);
    await this.#transact(async (transaction) => {
      await this.#lock(transaction);
      const latest = (await this.#find(transaction, row.id))?.secrets.at(-1);
      const conflict = conflictOf(row, latest);
      if (conflict !== undefined) throw new StorageError('failed', conflict);
      await this.#putKey(transaction, row);
      await this.#putSecrets(transaction, row);
    });
  }

  find(id: string): Promise<KeyRow | undefined> {
    return this.#transact((transaction) => this.#find(transaction, id));
  }

  /** In pages, each of which is a transaction of its own. */
  async list(): Promise<readonly KeyRow[]> {
    const found: KeyRow[] = [];
    for (;;) {
      const page = await this.#page(found.at(-1));
      found.push(...page);
      if (page.length < PAGE_ROWS) return found;
    }
  }

  async touched(ids: readonly string[], at: number): Promise<void> {
    await this.#transact((transaction) =>
      transaction.run(
        `UPDATE ${this.#schema}.keys SET last_used_at = $2
         WHERE id IN (SELECT id FROM ${this.#schema}.keys
                      WHERE id = ANY ($1::text[]) AND (last_used_at IS NULL OR last_used_at < $2)
                      ORDER BY id FOR UPDATE)`,
        [ids, at],
      ),
    );
  }

  async revokeCredential(id: string, at: number, until: number | null): Promise<void> {
    await this.#transact(async (transaction) => {
      await transaction.run(
        `DELETE FROM ${this.#schema}.revoked_credentials WHERE id IN (
           SELECT id FROM ${this.#schema}.revoked_credentials WHERE until <= $1
           LIMIT ${FORGOTTEN_ROWS} FOR UPDATE SKIP LOCKED)`,
        [this.#clock.wallNow()],
      );
      // NULL, for ever, is later than any moment; greatest() would leave it out.
      await transaction.run(
        `INSERT INTO ${this.#schema}.revoked_credentials AS r (id, at, until) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET at = greatest(r.at, excluded.at),
           until = CASE WHEN r.until IS NULL OR excluded.until IS NULL THEN NULL
                        ELSE greatest(r.until, excluded.until) END`,
        [id, at, until],
      );
    });
  }

  async revokeUser(userId: string, at: number): Promise<void> {
    await this.#transact((transaction) =>
      transaction.run(
        `INSERT INTO ${this.#schema}.revoked_users AS r (id, at) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET at = greatest(r.at, excluded.at)`,
        [userId, at],
      ),
    );
  }

  changesSince(since: number, keysSince = since): Promise<StoreChanges> {
    return this.#changes.read({ since, keysSince, now: this.#clock.wallNow() });
  }

  /**
   * Lets one transaction at a time put keys: two that add the same new key see each other, and `changed_at` never goes
   * back. Keys are rarely put. In a statement of its own: what follows sees what the transaction before has done.
   */
  async #lock(transaction: Transaction): Promise<void> {
    await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`keys of ${this.#schema}`]);
  }

  async #find(transaction: Transaction, id: string): Promise<KeyRow | undefined> {
    const [key] = await transaction.query<FlatKey>(
      `SELECT ${selectedKey(this.#schema, 'k')} FROM ${this.#schema}.keys k WHERE k.id = $1`,
      [id],
    );
    return key && rowOf(key);
  }

  /** A key that is revoked stays so: who puts a row that they have read before may not know it yet. */
  async #putKey(transaction: Transaction, row: KeyRow): Promise<void> {
    const updates = NAMES.map((name) =>
      name === 'revoked_at' ? `${name} = coalesce(k.${name}, excluded.${name})` : `${name} = excluded.${name}`,
    );
    const places = FIELDS.map((_field, at) => `$${at + 2}`);
    await transaction.run(
      `INSERT INTO ${this.#schema}.keys AS k (changed_at, ${NAMES.join(', ')})
       VALUES (greatest($1, (SELECT max(changed_at) FROM ${this.#schema}.keys)), ${places.join(', ')})
       ON CONFLICT (id) DO UPDATE SET changed_at = excluded.changed_at, ${updates.join(', ')}`,
      [this.#clock.wallNow(), ...FIELDS.map((field) => row[field])],
    );
  }

  async #putSecrets(transaction: Transaction, { id, secrets }: KeyRow): Promise<void> {
    await transaction.run(`DELETE FROM ${this.#schema}.key_secrets WHERE key_id = $1`, [id]);
    await transaction.run(
      `INSERT INTO ${this.#schema}.key_secrets (key_id, number, sha256, until)
       SELECT $1, s.* FROM unnest($2::bigint[], $3::bytea[], $4::bigint[]) AS s`,
      [
        id,
        secrets.map(({ number }) => number),
        secrets.map(({ sha256 }) => Buffer.from(sha256)),
        secrets.map(({ until }) => until),
      ],
    );
  }

  async #page(after: KeyRow | undefined): Promise<readonly KeyRow[]> {
    const rest = after === undefined ? '' : 'WHERE (k.created_at, k.id) < ($1, $2)';
    const rows = await this.#transact((transaction) =>
      transaction.query<FlatKey>(
        `SELECT ${selectedKey(this.#schema, 'k')} FROM ${this.#schema}.keys k ${rest}
         ORDER BY k.created_at DESC, k.id DESC LIMIT ${PAGE_ROWS}`,
        after === undefined ? [] : [after.createdAt, after.id],
      ),
    );
    return rows.map(rowOf);
  }
}
