import type { KeptRequest, NewRequest } from '../membership-store.ts';
import { expireRows } from './old-rows.ts';
import type { Transaction } from './transaction.ts';

const FIELDS = 'id, claimed_by AS "by", fingerprint, until, answer';

/** Requests that are done once, in PostgreSQL. Each method is called in a transaction. */
export class PostgresRequests {
  readonly #table: string;

  constructor(schema: string) {
    this.#table = `${schema}.requests`;
  }

  async claim(transaction: Transaction, request: NewRequest, now: number): Promise<KeptRequest> {
    const { id, by, fingerprint, until } = request;
    // A request whose time is over is replaced. Another one is locked by this, so that it is still there when it is read.
    const [claimed] = await transaction.query<KeptRequest>(
      `INSERT INTO ${this.#table} AS kept (id, claimed_by, fingerprint, until) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET claimed_by = excluded.claimed_by, fingerprint = excluded.fingerprint,
         until = excluded.until, answer = NULL
       WHERE kept.until <= $5
       RETURNING ${FIELDS}`,
      [id, by, fingerprint, until, now],
    );
    return claimed ?? (await this.#find(transaction, id));
  }

  async answered(transaction: Transaction, id: string, by: string, answer: string, until: number): Promise<void> {
    await transaction.run(`UPDATE ${this.#table} SET answer = $3, until = $4 WHERE id = $1 AND claimed_by = $2`, [
      id,
      by,
      answer,
      until,
    ]);
  }

  async release(transaction: Transaction, id: string, by: string): Promise<void> {
    await transaction.run(`DELETE FROM ${this.#table} WHERE id = $1 AND claimed_by = $2 AND answer IS NULL`, [id, by]);
  }

  /** @returns the number of the requests. */
  expire(transaction: Transaction, now: number, limit: number): Promise<number> {
    return expireRows(transaction, this.#table, now, limit);
  }

  /** Reads a request that is there. */
  async #find(transaction: Transaction, id: string): Promise<KeptRequest> {
    const rows = await transaction.query<KeptRequest>(`SELECT ${FIELDS} FROM ${this.#table} WHERE id = $1`, [id]);
    return rows[0] as KeptRequest;
  }
}
