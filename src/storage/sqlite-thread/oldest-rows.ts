import type Database from 'better-sqlite3';
import { type AgePlace, firstThatStays, newerThanLast } from '../first-that-stays.ts';
import type { Kept } from '../retained.ts';

/**
 * Deletes the oldest rows of a table that do not stay. To be called in a transaction.
 *
 * The place of the first row that stays is found by the index of ages alone: so many of the newest entries are counted.
 *
 * @param moment Column of the moment that says how old a row is; there is an index of it and of `id`.
 * @param limit Largest number of rows that are deleted.
 * @returns the ids of the deleted rows.
 */
export function deleteOldest(
  database: Database.Database,
  { table, moment }: { readonly table: string; readonly moment: string },
  kept: Kept,
  limit: number,
): readonly string[] {
  const newer = newerThanLast(kept);
  const last = database.prepare<[number], AgePlace>(
    `SELECT ${moment} AS at, id FROM ${table} ORDER BY ${moment} DESC, id DESC LIMIT 1 OFFSET ?`,
  );
  const first = firstThatStays(kept, newer === undefined ? undefined : last.get(newer));
  if (first === undefined) return [];
  return database
    .prepare<[object], string>(
      `DELETE FROM ${table} WHERE id IN (
         SELECT id FROM ${table} WHERE (${moment}, id) < (@at, @id) ORDER BY ${moment}, id LIMIT @limit
       ) RETURNING id`,
    )
    .pluck()
    .all({ ...first, limit });
}
