import type { Kept } from '../retained.ts';
import type { Transaction } from './transaction.ts';

/** Place of a row in the order of age. */
interface Place {
  readonly at: number;
  readonly id: string;
}

/** A table whose rows have an `id`, a moment in the column `at`, and an index of both. */
export interface AgedTable {
  /** With the schema. */
  readonly name: string;
  readonly at: string;
}

/** Deletes rows that do not stay, the oldest first. @returns the ids of these rows. */
export async function pruneRows(
  transaction: Transaction,
  { name, at }: AgedTable,
  kept: Kept,
  limit: number,
): Promise<readonly string[]> {
  // Rows that do not stay are the oldest ones, so that the latest of them says where they end.
  const { since } = kept;
  const last = kept.count === undefined ? undefined : await latestBeyond(transaction, { name, at }, kept.count);
  if (last !== undefined && (since === undefined || last.at >= since))
    return idsOf(transaction, deletion(name, `(${at}, id) <= ($2, $3)`, `${at}, id`), [limit, last.at, last.id]);
  return since === undefined ? [] : idsOf(transaction, deletion(name, `${at} < $2`, `${at}, id`), [limit, since]);
}

/** Deletes rows that were good until a moment which is over. @returns the number of these rows. */
export function expireRows(transaction: Transaction, name: string, now: number, limit: number): Promise<number> {
  return transaction.run(deletion(name, 'until <= $2', 'until'), [limit, now]);
}

/**
 * A statement that deletes the first rows of an order, as many as its first value says. Rows that somebody else changes at
 * the moment are left out: so it waits for nobody, and cannot be part of a deadlock.
 */
export function deletion(name: string, where: string, order: string): string {
  // By the place of the row: by ids PostgreSQL may read the whole table.
  return `DELETE FROM ${name} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${name} WHERE ${where} ORDER BY ${order} LIMIT $1 FOR UPDATE SKIP LOCKED))`;
}

async function idsOf(
  transaction: Transaction,
  statement: string,
  values: readonly unknown[],
): Promise<readonly string[]> {
  const deleted = await transaction.query<{ readonly id: string }>(`${statement} RETURNING id`, values);
  return deleted.map(({ id }) => id);
}

/** The latest row that is not among the `count` newest. */
async function latestBeyond(
  transaction: Transaction,
  { name, at }: AgedTable,
  count: number,
): Promise<Place | undefined> {
  const [last] = await transaction.query<Place>(
    `SELECT ${at} AS at, id FROM ${name} ORDER BY ${at} DESC, id DESC LIMIT 1 OFFSET $1`,
    [count],
  );
  return last;
}
