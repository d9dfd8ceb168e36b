import type Database from 'better-sqlite3';
import type { Kept } from '../retained.ts';

/** Place of a row in the order of age. */
interface Place {
  readonly at: number;
  readonly id: string;
}

/** A table whose rows have an `id`, a moment in the column `at`, and an index of both. */
export interface AgedTable {
  readonly name: string;
  readonly at: string;
}

/** Deletes rows that do not stay, the oldest first. To be called in a transaction. @returns the ids of these rows. */
export function pruneRows(
  database: Database.Database,
  { name, at }: AgedTable,
  kept: Kept,
  limit: number,
): readonly string[] {
  // Rows that do not stay are the oldest ones, so that the latest of them says where they end.
  const { since } = kept;
  const last = kept.count === undefined ? undefined : latestBeyond(database, { name, at }, kept.count);
  const isByCount = last !== undefined && (since === undefined || last.at >= since);
  if (!isByCount && since === undefined) return [];
  const rest = isByCount ? `(${at}, id) <= (@at, @id)` : `${at} < @since`;
  return database
    .prepare<[object], string>(
      `DELETE FROM ${name} WHERE id IN (SELECT id FROM ${name} WHERE ${rest} ORDER BY ${at}, id LIMIT @limit)
       RETURNING id`,
    )
    .pluck()
    .all({ ...last, since, limit });
}

/**
 * The latest row that is not among the `count` newest. SQLite counts these in the index: about 30 ms for a million of
 * them.
 */
function latestBeyond(database: Database.Database, { name, at }: AgedTable, count: number): Place | undefined {
  return database
    .prepare<[number], Place>(`SELECT ${at} AS at, id FROM ${name} ORDER BY ${at} DESC, id DESC LIMIT 1 OFFSET ?`)
    .get(count);
}
