import { type AgePlace, firstThatStays, newerThanLast } from '../first-that-stays.ts';
import type { Kept } from '../retained.ts';
import { lockForDeletion } from './deletion-lock.ts';
import type { Transaction } from './transaction.ts';

/**
 * Deletes the oldest rows of a table that do not stay.
 *
 * The place of the first row that stays is found by the index of ages alone: so many of the newest entries are counted.
 *
 * @param table Name with the schema.
 * @param moment Column of the moment that says how old a row is; there is an index of it and of `id`.
 * @param limit Largest number of rows that are deleted.
 * @returns the ids of the deleted rows.
 */
export async function deleteOldest(
  transaction: Transaction,
  { table, moment }: { readonly table: string; readonly moment: string },
  kept: Kept,
  limit: number,
): Promise<readonly string[]> {
  await lockForDeletion(transaction, table);
  const newer = newerThanLast(kept);
  const [last] =
    newer === undefined
      ? []
      : await transaction.query<AgePlace>(
          `SELECT ${moment} AS at, id FROM ${table} ORDER BY ${moment} DESC, id DESC LIMIT 1 OFFSET $1`,
          [newer],
        );
  const first = firstThatStays(kept, last);
  if (first === undefined) return [];
  const deleted = await transaction.query<{ readonly id: string }>(
    `DELETE FROM ${table} WHERE id IN (
       SELECT id FROM ${table} WHERE (${moment}, id) < ($1, $2) ORDER BY ${moment}, id LIMIT $3
     ) RETURNING id`,
    [first.at, first.id, limit],
  );
  return deleted.map(({ id }) => id);
}
