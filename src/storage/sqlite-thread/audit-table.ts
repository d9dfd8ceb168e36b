import type Database from 'better-sqlite3';
import { type AuditEntry, type AuditQuery, MODERATION_PAGE } from '../moderation-store.ts';
import type { Kept } from '../retained.ts';
import { AUDIT_COLUMNS } from '../rows/moderation-columns.ts';
import { selected } from '../rows/selected.ts';
import { pruneRows } from './old-rows.ts';

const RECORD = `INSERT INTO audit_entries (${Object.values(AUDIT_COLUMNS).join(', ')})
  VALUES (${Object.keys(AUDIT_COLUMNS).map((field) => `@${field}`)}) ON CONFLICT (id) DO NOTHING`;

/** Statements on the table of the audit trail in one open database. */
export class AuditTable {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  record(entry: AuditEntry): void {
    this.#database.prepare(RECORD).run(entry);
  }

  audit({ user, before, limit = MODERATION_PAGE }: AuditQuery): readonly AuditEntry[] {
    const conditions = [
      ...(user === undefined ? [] : ['user_id = @user']),
      ...(before === undefined ? [] : ['(at, id) < (@at, @id)']),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.#database
      .prepare<[object], AuditEntry>(
        `SELECT ${selected(AUDIT_COLUMNS)} FROM audit_entries ${where} ORDER BY at DESC, id DESC LIMIT @limit`,
      )
      .all({ user, ...before, limit });
  }

  prune(kept: Kept, limit: number): number {
    const prune = this.#database.transaction(
      () => pruneRows(this.#database, { name: 'audit_entries', at: 'at' }, kept, limit).length,
    );
    return prune.immediate();
  }
}
