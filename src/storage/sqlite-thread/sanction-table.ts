import type Database from 'better-sqlite3';
import { MODERATION_PAGE, type Sanction, type SanctionChange, type SanctionQuery } from '../moderation-store.ts';
import { CHANGE_COLUMNS, OF_ANY_KIND, SANCTION_COLUMNS } from '../rows/moderation-columns.ts';
import { imposed, lifted, type SanctionState } from '../rows/sanction-states.ts';
import { selected } from '../rows/selected.ts';

const SELECTED = selected(SANCTION_COLUMNS);
const CHANGE_SELECTED = selected(CHANGE_COLUMNS);

const COLUMNS = Object.values(CHANGE_COLUMNS);

const PUT = `INSERT INTO sanctions (${COLUMNS.join(', ')})
  VALUES (${Object.keys(CHANGE_COLUMNS).map((field) => `@${field}`)})
  ON CONFLICT (kind, user_id) DO UPDATE SET ${COLUMNS.map((name) => `${name} = excluded.${name}`)}`;

const NEXT_CHANGE =
  'UPDATE sanction_changes SET last_changed_at = max(last_changed_at + 1, ?) RETURNING last_changed_at';

const EXPIRE = `DELETE FROM sanctions WHERE (kind, user_id) IN (
  SELECT kind, user_id FROM sanctions WHERE until <= @before OR lifted_at <= @before LIMIT @limit)`;

/** Statements on the table of sanctions in one open database. Times are milliseconds since 1970. */
export class SanctionTable {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  impose(sanction: Sanction, now: number): void {
    this.#change(sanction, (before) => imposed(before, sanction), now);
  }

  lift(place: Pick<Sanction, 'kind' | 'user'>, at: number, now: number): void {
    this.#change(place, (before) => lifted(before, at), now);
  }

  sanctions(now: number, { kind, user, after, limit = MODERATION_PAGE }: SanctionQuery): readonly Sanction[] {
    const conditions = [
      'lifted_at IS NULL AND (until IS NULL OR until > @now)',
      ...(kind === undefined ? [] : ['kind = @kind']),
      ...(user === undefined ? [] : ['user_id = @user', OF_ANY_KIND]),
      ...(after === undefined ? [] : ['(kind, user_id) > (@afterKind, @afterUser)']),
    ];
    return this.#database
      .prepare<[object], Sanction>(
        `SELECT ${SELECTED} FROM sanctions WHERE ${conditions.join(' AND ')} ORDER BY kind, user_id LIMIT @limit`,
      )
      .all({ now, kind, user, afterKind: after?.kind, afterUser: after?.user, limit });
  }

  changesSince(changedAt: number): readonly SanctionChange[] {
    return this.#database
      .prepare<[number], SanctionChange>(
        `SELECT ${CHANGE_SELECTED} FROM sanctions WHERE changed_at > ? ORDER BY changed_at LIMIT ${MODERATION_PAGE}`,
      )
      .all(changedAt);
  }

  /** Deletes those that were over or lifted by this moment. @returns whether all are deleted. */
  expire(before: number, limit: number): boolean {
    return this.#database.prepare(EXPIRE).run({ before, limit }).changes < limit;
  }

  #change(
    { kind, user }: Pick<Sanction, 'kind' | 'user'>,
    after: (before: SanctionState | undefined) => SanctionState | undefined,
    now: number,
  ): void {
    const find = this.#database.prepare<[string, string], SanctionChange>(
      `SELECT ${CHANGE_SELECTED} FROM sanctions WHERE kind = ? AND user_id = ?`,
    );
    const next = this.#database.prepare<[number], number>(NEXT_CHANGE).pluck();
    const change = this.#database.transaction(() => {
      const state = after(find.get(kind, user));
      if (state !== undefined) this.#database.prepare(PUT).run({ ...state, changedAt: next.get(now) });
    });
    change.immediate();
  }
}
