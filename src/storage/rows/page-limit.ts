/** Number of rows of a page: as many as were asked for, within what one statement may read. */
export function pageLimit(asked: number | undefined, usual: number, most: number): number {
  return Math.max(0, Math.min(asked ?? usual, most));
}
