import type Database from 'better-sqlite3';
import { type HeldMessage, MODERATION_PAGE } from '../moderation-store.ts';
import { HELD_COLUMNS } from '../rows/moderation-columns.ts';
import { selected } from '../rows/selected.ts';

const SELECTED = selected(HELD_COLUMNS);

const HOLD = `INSERT INTO held_messages (${Object.values(HELD_COLUMNS).join(', ')})
  VALUES (${Object.keys(HELD_COLUMNS).map((field) => `@${field}`)}) ON CONFLICT (id) DO NOTHING`;

const HELD = `SELECT ${SELECTED} FROM held_messages WHERE claimed_at IS NULL
  ORDER BY held_at, id LIMIT ${MODERATION_PAGE}`;

/** The first claim counts: whoever repeats it changes nothing. */
const CLAIM = `UPDATE held_messages SET claimed_by = @by, claimed_at = coalesce(claimed_at, @at)
  WHERE id = @id AND (claimed_by IS NULL OR claimed_by = @by) RETURNING ${SELECTED}`;

const EXPIRE = `DELETE FROM held_messages WHERE id IN (
  SELECT id FROM held_messages WHERE claimed_at <= @before LIMIT @limit)`;

/** Statements on the table of held messages in one open database. Times are milliseconds since 1970. */
export class HeldTable {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  hold(message: HeldMessage): void {
    this.#database.prepare(HOLD).run(message);
  }

  held(): readonly HeldMessage[] {
    return this.#database.prepare<[], HeldMessage>(HELD).all();
  }

  claim(id: string, by: string, at: number): HeldMessage | undefined {
    return this.#database.prepare<[object], HeldMessage>(CLAIM).get({ id, by, at });
  }

  /** Deletes those that were claimed by this moment. @returns whether all are deleted. */
  expire(before: number, limit: number): boolean {
    return this.#database.prepare(EXPIRE).run({ before, limit }).changes < limit;
  }
}
