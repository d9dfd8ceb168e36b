/**
 * Statements of one transaction in PostgreSQL. A text as a value, or in an array, may have any character: PostgreSQL has
 * no character 0, and gets U+FFFD in its place. JSON with such a character, or with half of a surrogate pair, is refused
 * as `jsonb`: arrays are better for texts of clients.
 */
export interface Transaction {
  /**
   * Runs one statement. Numbers of 8 bytes (`bigint`) come as numbers; `numeric` as text.
   *
   * @returns the rows that it has returned.
   */
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Runs one statement. @returns the number of rows that it has changed. */
  run(text: string, values?: readonly unknown[]): Promise<number>;
}

/**
 * Runs a piece of work in one transaction, with a deadline. Rejects with a `StorageError`.
 *
 * When the connection breaks, the work is done again: also after a COMMIT whose answer was lost, when the first
 * transaction has been done. So the work must come to the same result when it finds itself done already.
 */
export type Transact = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>;
