import type Database from 'better-sqlite3';
import {
  type AuditEntry,
  type AuditQuery,
  type HeldMessage,
  MODERATION_PAGE,
  type Sanction,
  type SanctionChange,
  type SanctionKind,
  type SanctionQuery,
  type SlowMode,
  STAYS_MS,
} from '../moderation-store.ts';
import type { Kept } from '../retained.ts';
import type { ModerationTopic } from '../sqlite/topics.ts';
import { AuditTable } from './audit-table.ts';
import { HeldTable } from './held-table.ts';
import { SanctionTable } from './sanction-table.ts';

const SET_SLOW_MODE = `INSERT INTO slow_modes (conversation, seconds) VALUES (@conversation, @seconds)
  ON CONFLICT (conversation) DO UPDATE SET seconds = excluded.seconds`;

/** Statements on the tables of moderation in one open database. */
export class ModerationTables implements ModerationTopic {
  readonly #database: Database.Database;
  readonly #sanctions: SanctionTable;
  readonly #held: HeldTable;
  readonly #audit: AuditTable;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#sanctions = new SanctionTable(database);
    this.#held = new HeldTable(database);
    this.#audit = new AuditTable(database);
  }

  impose(sanction: Sanction, now: number): void {
    this.#sanctions.impose(sanction, now);
  }

  lift(kind: SanctionKind, user: string, at: number, now: number): void {
    this.#sanctions.lift({ kind, user }, at, now);
  }

  sanctions(now: number, query: SanctionQuery = {}): readonly Sanction[] {
    return this.#sanctions.sanctions(now, query);
  }

  changesSince(changedAt: number): readonly SanctionChange[] {
    return this.#sanctions.changesSince(changedAt);
  }

  setSlowMode(conversation: string, seconds: number): void {
    if (seconds === 0) this.#database.prepare('DELETE FROM slow_modes WHERE conversation = ?').run(conversation);
    else this.#database.prepare(SET_SLOW_MODE).run({ conversation, seconds });
  }

  slowModes(after?: string): readonly SlowMode[] {
    const rest = after === undefined ? '' : 'WHERE conversation > @after';
    return this.#database
      .prepare<[object], SlowMode>(
        `SELECT conversation, seconds FROM slow_modes ${rest} ORDER BY conversation LIMIT ${MODERATION_PAGE}`,
      )
      .all({ after });
  }

  hold(message: HeldMessage): void {
    this.#held.hold(message);
  }

  held(): readonly HeldMessage[] {
    return this.#held.held();
  }

  claimHeld(id: string, by: string, at: number): HeldMessage | undefined {
    return this.#held.claim(id, by, at);
  }

  record(entry: AuditEntry): void {
    this.#audit.record(entry);
  }

  audit(query: AuditQuery = {}): readonly AuditEntry[] {
    return this.#audit.audit(query);
  }

  prune(kept: Kept, limit: number): number {
    return this.#audit.prune(kept, limit);
  }

  expire(now: number, limit: number): boolean {
    const isDone = [this.#sanctions.expire(now - STAYS_MS, limit), this.#held.expire(now - STAYS_MS, limit)];
    return !isDone.includes(false);
  }
}
