import type { KeyRow, Revoked, StoreChanges } from '../key-store.ts';
import { type FlatKey, rowOf, selectedKey } from './flat-key.ts';
import type { Transact } from './transaction.ts';

/** Rows that one statement reads, so that no transaction takes long. */
const PAGE_ROWS = 1_000;

/** What is asked for. All are milliseconds since 1970. */
export interface AskedChanges {
  readonly since: number;
  readonly keysSince: number;
  /** What was revoked until then is forgotten. */
  readonly now: number;
}

interface Place {
  /** Kind of the row: 'key', 'credential' or 'user'. */
  readonly what: string;
  readonly at: number;
  /** Its id. */
  readonly changed: string;
}

/** A change. Of a key, the fields of {@link FlatKey} are set. */
type Change = FlatKey & Place & { readonly until: number | null };

/** Before all others. */
const BEGINNING: Place = { at: -1, changed: '', what: '' };

/** Changes of keys, and what was revoked, in the order in which it happened. */
export class PostgresChanges {
  readonly #transact: Transact;
  readonly #statement: string;

  /** @param schema Name of the schema, quoted. */
  constructor(transact: Transact, schema: string) {
    this.#transact = transact;
    this.#statement = statement(schema);
  }

  /** Reads one page after the other: nearly always there is one, and it is empty. */
  async read({ since, keysSince, now }: AskedChanges): Promise<StoreChanges> {
    const keys: KeyRow[] = [];
    const credentials: Revoked['credentials'][number][] = [];
    const users: Revoked['users'][number][] = [];
    let last: Place = BEGINNING;
    for (;;) {
      const { at, changed, what } = last;
      const values = [Math.max(since, at), Math.max(keysSince, at), now, at, changed, what];
      const rows: readonly Change[] = await this.#transact((transaction) =>
        transaction.query<Change>(this.#statement, values),
      );
      for (const { what, at, changed: id, until, ...key } of rows) {
        if (what === 'key') keys.push(rowOf(key));
        else if (what === 'credential') credentials.push({ id, until });
        else users.push({ id, at });
      }
      const end = rows.at(-1);
      if (end === undefined || rows.length < PAGE_ROWS) return { keys, credentials, users };
      last = end;
    }
  }
}

/**
 * One statement for everything that may have changed, since it is asked once a second and nearly always finds nothing.
 * PostgreSQL reads each table by its index of moments.
 */
function statement(schema: string): string {
  return `
    SELECT c.what, c.at, c.id AS changed, c.until, ${selectedKey(schema, 'k')} FROM (
      (SELECT 'key' AS what, id, changed_at AS at, NULL::bigint AS until FROM ${schema}.keys
       WHERE changed_at >= $2 AND (changed_at, id, 'key') > ($4, $5, $6)
       ORDER BY changed_at, id LIMIT ${PAGE_ROWS})
      UNION ALL
      (SELECT 'credential', id, at, until FROM ${schema}.revoked_credentials
       WHERE at >= $1 AND (at, id, 'credential') > ($4, $5, $6) AND (until IS NULL OR until > $3)
       ORDER BY at, id LIMIT ${PAGE_ROWS})
      UNION ALL
      (SELECT 'user', id, at, NULL FROM ${schema}.revoked_users
       WHERE at >= $1 AND (at, id, 'user') > ($4, $5, $6)
       ORDER BY at, id LIMIT ${PAGE_ROWS})
      ORDER BY at, id, what LIMIT ${PAGE_ROWS}
    ) c LEFT JOIN ${schema}.keys k ON c.what = 'key' AND k.id = c.id
    ORDER BY c.at, c.id, c.what`;
}
