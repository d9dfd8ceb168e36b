import type { Kept } from '../retained.ts';
import { compareTexts } from './text-order.ts';

/** What decides how old a row is. */
interface Aged {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Ids of the rows that do not stay, the oldest first, `limit` at most. */
export function prunable(rows: readonly Aged[], { since, count }: Kept, limit: number): readonly string[] {
  const sorted = rows.toSorted((a, b) => a.at - b.at || compareTexts(a.id, b.id));
  const beyond = count === undefined ? 0 : Math.max(0, sorted.length - count);
  return sorted
    .filter(({ at }, place) => place < beyond || (since !== undefined && at < since))
    .slice(0, limit)
    .map(({ id }) => id);
}
