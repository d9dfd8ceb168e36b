/**
 * Rows of one page, which takes milliseconds. A statement that reads for a long time would keep the log from being
 * emptied, and other requests waiting.
 */
export const PAGE_ROWS = 1_000;

/** Where the page of these rows ends; undefined: it is the last one. */
export function endOf<Row, End>(rows: readonly Row[], placeOf: (row: Row) => End): End | undefined {
  const last = rows.length < PAGE_ROWS ? undefined : rows.at(-1);
  return last && placeOf(last);
}
