import { type HeldMessage, MODERATION_PAGE } from '../moderation-store.ts';
import { HELD_COLUMNS } from '../rows/moderation-columns.ts';
import { selected } from '../rows/selected.ts';
import { inserted, valuesOf } from './inserted.ts';
import { deletion } from './old-rows.ts';
import type { Transact } from './transaction.ts';

const SELECTED = selected(HELD_COLUMNS);

/** Held messages in PostgreSQL. Times are milliseconds since 1970. */
export class PostgresHeld {
  readonly #transact: Transact;
  readonly #table: string;

  /** @param schema Name of the schema, quoted. */
  constructor(transact: Transact, schema: string) {
    this.#transact = transact;
    this.#table = `${schema}.held_messages`;
  }

  hold(message: HeldMessage): Promise<void> {
    return this.#transact(async (transaction) => {
      await transaction.run(
        `INSERT INTO ${this.#table} ${inserted(HELD_COLUMNS)} ON CONFLICT (id) DO NOTHING`,
        valuesOf(HELD_COLUMNS, message),
      );
    });
  }

  held(): Promise<readonly HeldMessage[]> {
    return this.#transact((transaction) =>
      transaction.query<HeldMessage>(
        `SELECT ${SELECTED} FROM ${this.#table} WHERE claimed_at IS NULL
         ORDER BY held_at, id LIMIT ${MODERATION_PAGE}`,
      ),
    );
  }

  /** The first claim counts: of two at once, the second waits for the first, and looks at the row again. */
  claim(id: string, by: string, at: number): Promise<HeldMessage | undefined> {
    return this.#transact(async (transaction) => {
      const [claimed] = await transaction.query<HeldMessage>(
        `UPDATE ${this.#table} SET claimed_by = $2, claimed_at = coalesce(claimed_at, $3)
         WHERE id = $1 AND (claimed_by IS NULL OR claimed_by = $2) RETURNING ${SELECTED}`,
        [id, by, at],
      );
      return claimed;
    });
  }

  /** Deletes those that were claimed by this moment. @returns whether all are deleted. */
  expire(before: number, limit: number): Promise<boolean> {
    return this.#transact(async (transaction) => {
      const statement = deletion(this.#table, 'claimed_at <= $2', 'claimed_at');
      return (await transaction.run(statement, [limit, before])) < limit;
    });
  }
}
