import type { Kept } from '../retained.ts';
import { unitsOf, writeDecimal } from '../rows/decimal.ts';
import type { ReadEntry } from '../rows/spend-entries.ts';
import type { SpendTotal } from '../task-store.ts';
import { pruneRows } from './old-rows.ts';
import type { Transaction } from './transaction.ts';

/** What users spend, in PostgreSQL. Each method is called in a transaction. */
export class PostgresSpending {
  readonly #entries: string;
  readonly #add: string;
  readonly #totals: string;
  readonly #spent: string;

  constructor(schema: string) {
    this.#entries = `${schema}.spend_entries`;
    // Entries and totals are written in the order of their ids, and all entries before the first total: so transactions
    // wait for each other in one direction. An entry that another one has just written is waited for, and not counted.
    this.#add = `
      WITH added AS (
        INSERT INTO ${schema}.spend_entries (id, owner_id, amount, at, added_by)
        SELECT id, owner_id, amount, at, $5
        FROM unnest($1::text[], $2::text[], $3::numeric[], $4::bigint[]) AS entry (id, owner_id, amount, at)
        ORDER BY id COLLATE "C"
        ON CONFLICT (id) DO NOTHING
        RETURNING owner_id, amount
      )
      INSERT INTO ${schema}.spend_totals AS kept (owner_id, total)
      SELECT owner_id, sum(amount) FROM added GROUP BY owner_id ORDER BY owner_id
      ON CONFLICT (owner_id) DO UPDATE SET total = kept.total + excluded.total`;
    this.#totals = `
      SELECT owner_id AS "ownerId", coalesce(total, 0) AS total, coalesce(added, 0) AS added
      FROM unnest($1::text[]) AS owner (owner_id)
      LEFT JOIN ${schema}.spend_totals USING (owner_id)
      LEFT JOIN (
        SELECT owner_id, sum(amount) AS added FROM ${schema}.spend_entries
        WHERE id = ANY ($2::text[]) AND added_by = $3 GROUP BY owner_id
      ) AS sums USING (owner_id)`;
    this.#spent = `SELECT total FROM ${schema}.spend_totals WHERE owner_id = $1`;
  }

  /** @returns the totals of these users. */
  async spend(
    transaction: Transaction,
    entries: readonly ReadEntry[],
    owners: readonly string[],
    by: string,
  ): Promise<readonly SpendTotal[]> {
    const ids = entries.map(({ id }) => id);
    await transaction.run(this.#add, [
      ids,
      entries.map(({ ownerId }) => ownerId),
      entries.map(({ amount }) => writeDecimal(amount)),
      entries.map(({ at }) => at),
      by,
    ]);
    // A statement of its own sees what others have written that the one before has waited for.
    const rows = await transaction.query<SpendTotal>(this.#totals, [owners, ids, by]);
    const found = new Map(rows.map((row) => [row.ownerId, row]));
    return owners.map((ownerId) => ({
      ownerId,
      total: shortest(found.get(ownerId)?.total),
      added: shortest(found.get(ownerId)?.added),
    }));
  }

  async spent(transaction: Transaction, ownerId: string): Promise<string> {
    const [row] = await transaction.query<Pick<SpendTotal, 'total'>>(this.#spent, [ownerId]);
    return shortest(row?.total);
  }

  async prune(transaction: Transaction, kept: Kept, limit: number): Promise<number> {
    return (await pruneRows(transaction, { name: this.#entries, at: 'at' }, kept, limit)).length;
  }
}

/** PostgreSQL keeps zeros at the end. */
function shortest(amount = '0'): string {
  return writeDecimal(unitsOf(amount));
}
