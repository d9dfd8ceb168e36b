import { type AuditEntry, type AuditQuery, MODERATION_PAGE } from '../moderation-store.ts';
import type { Kept } from '../retained.ts';
import { AUDIT_COLUMNS } from '../rows/moderation-columns.ts';
import { selected } from '../rows/selected.ts';
import { inserted, valuesOf } from './inserted.ts';
import { pruneRows } from './old-rows.ts';
import type { Transact } from './transaction.ts';

/** The audit trail in PostgreSQL. */
export class PostgresAudit {
  readonly #transact: Transact;
  readonly #table: string;

  /** @param schema Name of the schema, quoted. */
  constructor(transact: Transact, schema: string) {
    this.#transact = transact;
    this.#table = `${schema}.audit_entries`;
  }

  record(entry: AuditEntry): Promise<void> {
    return this.#transact(async (transaction) => {
      await transaction.run(
        `INSERT INTO ${this.#table} ${inserted(AUDIT_COLUMNS)} ON CONFLICT (id) DO NOTHING`,
        valuesOf(AUDIT_COLUMNS, entry),
      );
    });
  }

  audit({ user, before, limit = MODERATION_PAGE }: AuditQuery): Promise<readonly AuditEntry[]> {
    const rest = before === undefined ? '' : 'AND (at, id) < ($3, $4)';
    return this.#transact((transaction) =>
      transaction.query<AuditEntry>(
        `SELECT ${selected(AUDIT_COLUMNS)} FROM ${this.#table} WHERE ($1::text IS NULL OR user_id = $1) ${rest}
         ORDER BY at DESC, id DESC LIMIT $2`,
        [user ?? null, limit, ...(before === undefined ? [] : [before.at, before.id])],
      ),
    );
  }

  prune(kept: Kept, limit: number): Promise<number> {
    return this.#transact(async (transaction) => {
      const ids = await pruneRows(transaction, { name: this.#table, at: 'at' }, kept, limit);
      return ids.length;
    });
  }
}
