import type Database from 'better-sqlite3';
import type { KeyPage, PageEnd } from '../key-requests.ts';

/**
 * Rows of one page, which takes milliseconds. A statement that reads for a long time would keep the log from being
 * emptied, and other requests waiting.
 */
const PAGE_ROWS = 1_000;

interface PageQuery {
  /** A statement up to its conditions, which selects a moment as `at`, and `id`. */
  readonly select: string;
  /** Column of the moment, by which rows are ordered, and then by `id`. */
  readonly column: string;
  readonly order: 'ASC' | 'DESC';
  /** Earliest moment. */
  readonly since: number;
  readonly after: PageEnd | undefined;
  /** One more condition, with `@now`. */
  readonly where?: string;
  readonly now?: number;
}

/** Reads the page of a list that begins behind `after`. */
export function pageOf<Row extends { readonly id: string }>(
  database: Database.Database,
  { select, column, order, since, after, where, now }: PageQuery,
): KeyPage<Row> {
  const conditions = [
    `${column} >= @since`,
    ...(after === undefined ? [] : [`(${column}, id) ${order === 'ASC' ? '>' : '<'} (@at, @id)`]),
    ...(where === undefined ? [] : [where]),
  ];
  const rows = database
    .prepare<[object], Row & { readonly at: number }>(
      `${select} WHERE ${conditions.join(' AND ')} ORDER BY ${column} ${order}, id ${order} LIMIT ${PAGE_ROWS}`,
    )
    .all({ since, now, ...after });
  const last = rows.length < PAGE_ROWS ? undefined : rows.at(-1);
  return { rows, end: last && { at: last.at, id: last.id } };
}
