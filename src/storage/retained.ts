/** Rows of a table that stay when old ones are deleted: those for which both hold. */
export interface Kept {
  /** Moment from which on rows stay. Whole milliseconds since 1970. Default: age does not matter. */
  readonly since?: number;
  /** Number of the newest rows that stay. Default: their number does not matter. */
  readonly count?: number;
}

/** A store whose old rows are deleted, as the option `retention` says. */
export interface Retained {
  /**
   * Deletes rows that do not stay, the oldest first.
   *
   * @param limit Largest number of rows that this call deletes, so that it does not take long.
   * @returns the number of deleted rows: below the limit, nothing is left to delete.
   */
  prune(kept: Kept, limit: number): Promise<number>;
}

/** A store with rows that are good until a moment. */
export interface Expiring {
  /**
   * Deletes rows that were good until a moment which is over.
   *
   * @param now Milliseconds since 1970.
   * @param limit Largest number of rows that this call deletes of each table.
   * @returns whether all are deleted: otherwise another call deletes more.
   */
  expire(now: number, limit: number): Promise<boolean>;
}
