import type { Clock } from '../../clock.ts';
import type { Kept, Retained } from '../retained.ts';
import { DEFAULT_LIMIT, LOST, type SessionQuery, type SessionRecord, type SessionStore } from '../session-store.ts';
import { pruneRows } from './old-rows.ts';
import type { Transact } from './transaction.ts';

/** Columns with their types, by the fields of a record. */
const COLUMNS = {
  id: ['id', 'text'],
  hub: ['hub', 'text'],
  connectionId: ['connection_id', 'text'],
  user: ['user_id', 'text'],
  transport: ['transport', 'text'],
  protocol: ['protocol', 'text'],
  remoteAddress: ['remote_address', 'text'],
  nodeId: ['node_id', 'text'],
  connectedAt: ['connected_at', 'bigint'],
  disconnectedAt: ['disconnected_at', 'bigint'],
  durationMs: ['duration_ms', 'bigint'],
  messagesIn: ['messages_in', 'bigint'],
  messagesOut: ['messages_out', 'bigint'],
  closeReason: ['close_reason', 'text'],
} as const satisfies Record<keyof SessionRecord, readonly [column: string, type: 'text' | 'bigint']>;

const FIELDS = Object.keys(COLUMNS) as (keyof SessionRecord)[];
const NAMES = Object.values(COLUMNS).map(([name]) => name);
const ARRAYS = Object.values(COLUMNS).map(([, type], at) => `$${at + 1}::${type}[]`);
const SELECTED = FIELDS.map((field) => `${COLUMNS[field][0]} AS "${field}"`);

/** Rows that one statement reads or changes, so that no transaction takes long. */
const PAGE_ROWS = 1_000;

type Place = Pick<SessionRecord, 'connectedAt' | 'id'>;

/** Session records in PostgreSQL. */
export class PostgresSessions implements SessionStore, Retained {
  readonly #transact: Transact;
  readonly #table: string;
  readonly #clock: Pick<Clock, 'wallNow'>;

  /** @param schema Name of the schema, quoted. */
  constructor(transact: Transact, schema: string, clock: Pick<Clock, 'wallNow'>) {
    this.#transact = transact;
    this.#table = `${schema}.sessions`;
    this.#clock = clock;
  }

  /**
   * One statement, also for no records: PostgreSQL then still checks that the table is there and may be written to. The
   * rows are in the order of their ids, as whoever changes several rows has it: so nobody waits for each other.
   */
  async save(records: readonly SessionRecord[]): Promise<void> {
    // The last one of an id counts. One statement must not change a row twice.
    const latest = [...new Map(records.map((record) => [record.id, record])).values()];
    latest.sort((a, b) => (a.id < b.id ? -1 : 1));
    const values = FIELDS.map((field) => latest.map((record) => record[field]));
    await this.#transact((transaction) =>
      transaction.run(
        `INSERT INTO ${this.#table} (${NAMES.join(', ')}) SELECT * FROM unnest(${ARRAYS.join(', ')})
         ON CONFLICT (id) DO UPDATE SET ${NAMES.map((name) => `${name} = excluded.${name}`).join(', ')}`,
        values,
      ),
    );
  }

  /** In pages, each of which is a transaction of its own. */
  async list(query: SessionQuery = {}): Promise<SessionRecord[]> {
    const { limit = DEFAULT_LIMIT } = query;
    const found: SessionRecord[] = [];
    for (;;) {
      const size = Math.min(PAGE_ROWS, limit - found.length);
      if (size <= 0) return found;
      const page = await this.#page(query, found.at(-1), size);
      found.push(...page);
      if (page.length < size) return found;
    }
  }

  async prune(kept: Kept, limit: number): Promise<number> {
    const ended = { name: this.#table, at: 'disconnected_at', only: 'disconnected_at IS NOT NULL' };
    const deleted = await this.#transact((transaction) => pruneRows(transaction, ended, kept, limit));
    return deleted.length;
  }

  async openNodes(): Promise<readonly string[]> {
    const rows = await this.#transact((transaction) =>
      transaction.query<{ readonly nodeId: string }>(
        `SELECT DISTINCT node_id AS "nodeId" FROM ${this.#table}
         WHERE disconnected_at IS NULL AND node_id IS NOT NULL`,
      ),
    );
    return rows.map(({ nodeId }) => nodeId);
  }

  /**
   * In pages, each of which is a transaction of its own.
   *
   * @param nodeIds null: all unknown nodes.
   */
  async endLost(nodeIds: readonly (string | null)[]): Promise<number> {
    const now = this.#clock.wallNow();
    let ended = 0;
    for (;;) {
      const ids = await this.#openOf(nodeIds);
      ended += await this.#end(ids, now);
      if (ids.length < PAGE_ROWS) return ended;
    }
  }

  /** Ids of some open sessions of these nodes. `array_position` finds NULL, too. */
  async #openOf(nodeIds: readonly (string | null)[]): Promise<readonly string[]> {
    const rows = await this.#transact((transaction) =>
      transaction.query<{ readonly id: string }>(
        `SELECT id FROM ${this.#table}
         WHERE disconnected_at IS NULL AND array_position($1::text[], node_id) IS NOT NULL LIMIT ${PAGE_ROWS}`,
        [nodeIds],
      ),
    );
    return rows.map(({ id }) => id);
  }

  /** Counts what it finds done, too: the answer to a COMMIT may have been lost. */
  #end(ids: readonly string[], now: number): Promise<number> {
    return this.#transact(async (transaction) => {
      await transaction.run(
        `UPDATE ${this.#table} SET disconnected_at = greatest($2, connected_at), close_reason = '${LOST}'
         WHERE id IN (SELECT id FROM ${this.#table} WHERE id = ANY ($1::text[]) AND disconnected_at IS NULL
                      ORDER BY id FOR UPDATE)`,
        [ids, now],
      );
      const [row] = await transaction.query<{ readonly count: number }>(
        `SELECT count(*) AS count FROM ${this.#table}
         WHERE id = ANY ($1::text[]) AND close_reason = '${LOST}' AND disconnected_at = greatest($2, connected_at)`,
        [ids, now],
      );
      return row?.count ?? 0;
    });
  }

  #page({ hub, open }: SessionQuery, before: Place | undefined, size: number): Promise<readonly SessionRecord[]> {
    const values: unknown[] = [size];
    const value = (given: unknown): string => `$${values.push(given)}`;
    const conditions = [
      ...(before === undefined ? [] : [`(connected_at, id) < (${value(before.connectedAt)}, ${value(before.id)})`]),
      ...(hub === undefined ? [] : [`hub = ${value(hub)}`]),
      ...(open === undefined ? [] : [`disconnected_at IS ${open ? '' : 'NOT '}NULL`]),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.#transact((transaction) =>
      transaction.query<SessionRecord>(
        `SELECT ${SELECTED} FROM ${this.#table} ${where} ORDER BY connected_at DESC, id DESC LIMIT $1`,
        values,
      ),
    );
  }
}
