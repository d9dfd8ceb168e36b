import type { Kept } from './retained.ts';

/** Place of a row in the order of its table by age. */
export interface AgePlace {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly id: string;
}

/** Behind every row. */
const END: AgePlace = { at: Number.MAX_SAFE_INTEGER, id: '' };

/** Number of newer rows that the oldest one of the newest `count` has; undefined: it does not matter which one it is. */
export function newerThanLast({ count }: Kept): number | undefined {
  return count === undefined || count === 0 ? undefined : count - 1;
}

/**
 * The place in a table of which all rows before it are deleted, since old rows do not stay; undefined: all rows stay.
 *
 * @param last Place of the oldest one of the newest `count` rows; undefined: there are not so many.
 */
export function firstThatStays({ since, count }: Kept, last: AgePlace | undefined): AgePlace | undefined {
  const byCount = count === 0 ? END : last;
  if (since === undefined) return byCount;
  return byCount === undefined || byCount.at < since ? { at: since, id: '' } : byCount;
}
