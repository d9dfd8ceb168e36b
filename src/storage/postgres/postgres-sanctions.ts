import type { Clock } from '../../clock.ts';
import { MODERATION_PAGE, type Sanction, type SanctionChange, type SanctionQuery } from '../moderation-store.ts';
import { CHANGE_COLUMNS, OF_ANY_KIND, SANCTION_COLUMNS } from '../rows/moderation-columns.ts';
import { imposed, lifted, type SanctionState } from '../rows/sanction-states.ts';
import { selected } from '../rows/selected.ts';
import { inserted, valuesOf } from './inserted.ts';
import { deletion } from './old-rows.ts';
import type { Transact } from './transaction.ts';

const REPLACED = Object.values(CHANGE_COLUMNS).map((name) => `${name} = excluded.${name}`);
const SELECTED = selected(SANCTION_COLUMNS);
const CHANGE_SELECTED = selected(CHANGE_COLUMNS);

/** Sanctions in PostgreSQL. Times are milliseconds since 1970. */
export class PostgresSanctions {
  readonly #transact: Transact;
  readonly #schema: string;
  readonly #clock: Pick<Clock, 'wallNow'>;

  /**
   * @param schema Name of the schema, quoted.
   * @param clock Tells when a sanction changes.
   */
  constructor(transact: Transact, schema: string, clock: Pick<Clock, 'wallNow'>) {
    this.#transact = transact;
    this.#schema = schema;
    this.#clock = clock;
  }

  impose(sanction: Sanction): Promise<void> {
    return this.#change(sanction, (before) => imposed(before, sanction));
  }

  lift(place: Pick<Sanction, 'kind' | 'user'>, at: number): Promise<void> {
    return this.#change(place, (before) => lifted(before, at));
  }

  sanctions(now: number, { kind, user, after, limit = MODERATION_PAGE }: SanctionQuery): Promise<readonly Sanction[]> {
    const conditions = [
      'lifted_at IS NULL AND (until IS NULL OR until > $1)',
      '($2::text IS NULL OR kind = $2)',
      `($3::text IS NULL OR (user_id = $3 AND ${OF_ANY_KIND}))`,
      ...(after === undefined ? [] : ['(kind, user_id) > ($5, $6)']),
    ];
    return this.#transact((transaction) =>
      transaction.query<Sanction>(
        `SELECT ${SELECTED} FROM ${this.#schema}.sanctions WHERE ${conditions.join(' AND ')}
         ORDER BY kind, user_id LIMIT $4`,
        [now, kind ?? null, user ?? null, limit, ...(after === undefined ? [] : [after.kind, after.user])],
      ),
    );
  }

  changesSince(changedAt: number): Promise<readonly SanctionChange[]> {
    return this.#transact((transaction) =>
      transaction.query<SanctionChange>(
        `SELECT ${CHANGE_SELECTED} FROM ${this.#schema}.sanctions WHERE changed_at > $1
         ORDER BY changed_at LIMIT ${MODERATION_PAGE}`,
        [changedAt],
      ),
    );
  }

  /** Deletes those that were over or lifted by this moment. @returns whether all are deleted. */
  expire(before: number, limit: number): Promise<boolean> {
    const name = `${this.#schema}.sanctions`;
    return this.#transact(async (transaction) => {
      // Two statements, since each reads an index in its order.
      const over = await transaction.run(deletion(name, 'until <= $2', 'until'), [limit, before]);
      const others = await transaction.run(deletion(name, 'lifted_at <= $2', 'lifted_at'), [limit - over, before]);
      return over + others < limit;
    });
  }

  #change(
    { kind, user }: Pick<Sanction, 'kind' | 'user'>,
    after: (before: SanctionState | undefined) => SanctionState | undefined,
  ): Promise<void> {
    const now = this.#clock.wallNow();
    return this.#transact(async (transaction) => {
      // Locked by each change until its end: changes are committed in the order of their moments.
      const [latest] = await transaction.query<{ readonly changedAt: number }>(
        `SELECT last_changed_at AS "changedAt" FROM ${this.#schema}.sanction_changes FOR UPDATE`,
      );
      const [before] = await transaction.query<SanctionChange>(
        `SELECT ${CHANGE_SELECTED} FROM ${this.#schema}.sanctions WHERE kind = $1 AND user_id = $2`,
        [kind, user],
      );
      const state = after(before);
      if (state === undefined) return;
      const changedAt = Math.max(now, (latest?.changedAt ?? 0) + 1);
      await transaction.run(`UPDATE ${this.#schema}.sanction_changes SET last_changed_at = $1`, [changedAt]);
      await transaction.run(
        `INSERT INTO ${this.#schema}.sanctions ${inserted(CHANGE_COLUMNS)}
         ON CONFLICT (kind, user_id) DO UPDATE SET ${REPLACED.join(', ')}`,
        valuesOf(CHANGE_COLUMNS, { ...state, changedAt }),
      );
    });
  }
}
