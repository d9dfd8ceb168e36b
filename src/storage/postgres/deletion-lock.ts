import type { Transaction } from './transaction.ts';

/**
 * Waits until no other transaction deletes old rows of a table, and lets none begin before this one has ended. Two at
 * once would choose the same rows: the second would find them gone, and take that for the end of the work. Where both
 * lock rows before they delete them, each could wait for the other.
 *
 * @param table Name with the schema.
 */
export async function lockForDeletion(transaction: Transaction, table: string): Promise<void> {
  await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`old rows of ${table}`]);
}
