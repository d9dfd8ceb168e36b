import { decodeTexts, encodeTexts } from '../rows/texts.ts';
import type { CuttableClient } from './postgres-client.ts';
import type { WorkLimits } from './postgres-limits.ts';
import type { Transaction } from './transaction.ts';

/**
 * Statements of one transaction on a connection. None is prepared beyond its own run: PgBouncer may take the next one.
 * Texts come back exactly as they were given. A text within JSON is not seen: give lists of PostgreSQL instead.
 */
export class ClientTransaction implements Transaction {
  readonly #client: CuttableClient;
  readonly #answerMs: number;

  /** @param answerMs Time for the answer to each statement. */
  constructor(client: CuttableClient, answerMs: number) {
    this.#client = client;
    this.#answerMs = answerMs;
  }

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return decodeTexts((await this.#send(text, values)).rows as Row[]);
  }

  async run(text: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.#send(text, values)).rowCount ?? 0;
  }

  /**
   * Begins it. Its limits are set within it, in the same message: a connection of PgBouncer has no state of ours. The
   * level of isolation is what the stores are made for, whatever the database's default is.
   */
  async begin({ statementMs, lockMs, idleMs }: WorkLimits): Promise<void> {
    await this.#send(
      `BEGIN ISOLATION LEVEL READ COMMITTED;
       SET LOCAL statement_timeout = ${statementMs};
       SET LOCAL lock_timeout = ${lockMs};
       SET LOCAL idle_in_transaction_session_timeout = ${idleMs}`,
      [],
    );
  }

  /** @throws {Error} when the work went on after an error: then PostgreSQL has undone it, and says so with no error. */
  async commit(): Promise<void> {
    const { command } = await this.#send('COMMIT', []);
    if (command !== 'COMMIT') throw new Error('a transaction with an error was to be committed, and was undone');
  }

  #send(
    text: string,
    values: readonly unknown[],
  ): Promise<{ rows: unknown[]; rowCount: number | null; command: string }> {
    const query = { text, values: [...encodeTexts(values)], query_timeout: this.#answerMs };
    return this.#client.query(query);
  }
}
