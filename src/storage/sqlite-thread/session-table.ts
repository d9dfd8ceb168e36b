import type Database from 'better-sqlite3';
import { LOST, type SessionQuery, type SessionRecord } from '../session-store.ts';
import { ROW_COLUMNS, type SessionRow, unpackRows } from '../sqlite/session-rows.ts';
import type { NodePage, SessionEnd, SessionPage, SessionPlace, SessionTopic } from '../sqlite/topics.ts';

const SAVE = `
  INSERT INTO sessions (${ROW_COLUMNS.join(', ')}) VALUES (${ROW_COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${ROW_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}`;

const COLUMNS = `id, hub, connection_id AS connectionId, user, transport, remote_address AS remoteAddress,
  connected_at AS connectedAt, disconnected_at AS disconnectedAt, duration_ms AS durationMs,
  messages_in AS messagesIn, messages_out AS messagesOut, close_reason AS closeReason, node_id AS nodeId, protocol`;

/** `@nodes`: a JSON list, in which null is found, too. */
const END_LOST = `UPDATE sessions SET disconnected_at = max(@now, connected_at), close_reason = @reason
  WHERE rowid IN (SELECT rowid FROM sessions WHERE disconnected_at IS NULL
    AND EXISTS (SELECT 1 FROM json_each(@nodes) WHERE value IS node_id) LIMIT @limit)`;

/** SQLite reads no more than the index of ends, up to the row. */
const END_BEHIND = `SELECT disconnected_at AS disconnectedAt, id FROM sessions
  WHERE disconnected_at IS NOT NULL AND (disconnected_at, id) < (@disconnectedAt, @id)
  ORDER BY disconnected_at DESC, id DESC LIMIT 1 OFFSET @rows - 1`;

const PRUNE_BEFORE = `DELETE FROM sessions WHERE rowid IN (
  SELECT rowid FROM sessions WHERE disconnected_at IS NOT NULL AND (disconnected_at, id) < (@disconnectedAt, @id)
  ORDER BY disconnected_at, id LIMIT @limit)`;

/** Later than any session. */
const LATEST: SessionEnd = { disconnectedAt: Number.POSITIVE_INFINITY, id: '' };

/**
 * Rows that one statement looks at, which takes milliseconds. A statement that reads for a long time would keep the log
 * from being emptied, and saves from being done.
 */
const PAGE_ROWS = 1_000;

/** Statements on the table of sessions in one open database. */
export class SessionTable implements SessionTopic {
  readonly #database: Database.Database;
  readonly #save: Database.Statement<[SessionRow]>;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#save = database.prepare(SAVE);
  }

  save(packed: string): void {
    // Immediate: takes the lock first, so that an empty save also shows whether the database can be written to, and rows
    // are unpacked once, however often the lock is asked for.
    const saveAll = this.#database.transaction(() => {
      for (const row of unpackRows(packed)) this.#save.run(row);
    });
    saveAll.immediate();
  }

  endLost(nodeIds: readonly (string | null)[], now: number, limit: number): number {
    const values = { now, limit, reason: LOST, nodes: JSON.stringify(nodeIds) };
    return this.#database.transaction(() => this.#database.prepare(END_LOST).run(values).changes).immediate();
  }

  endBehind(rows: number, from = LATEST): SessionEnd | undefined {
    return this.#database.prepare<[object], SessionEnd>(END_BEHIND).get({ ...from, rows });
  }

  pruneBefore(place: SessionEnd, limit: number): number {
    return this.#database.prepare(PRUNE_BEFORE).run({ ...place, limit }).changes;
  }

  openNodes(before: SessionPlace | undefined): NodePage {
    const { records, ...rest } = this.page({ open: true }, before);
    return { nodeIds: [...new Set(records.flatMap(({ nodeId }) => nodeId ?? []))], ...rest };
  }

  page({ hub, open }: SessionQuery, before: SessionPlace | undefined): SessionPage {
    const conditions = [
      ...(before === undefined ? [] : ['(connected_at, id) < (@connectedAt, @id)']),
      // In the statement, since there is an index of these alone.
      ...(open === true ? ['disconnected_at IS NULL'] : []),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = this.#database
      .prepare<[object], SessionRecord>(
        `SELECT ${COLUMNS} FROM sessions ${where} ORDER BY connected_at DESC, id DESC LIMIT ${PAGE_ROWS}`,
      )
      .all({ ...before });
    const records = rows.filter(
      (row) => (hub === undefined || row.hub === hub) && !(open === false && row.disconnectedAt === null),
    );
    const last = rows.length < PAGE_ROWS ? undefined : rows.at(-1);
    return last === undefined ? { records } : { records, next: { connectedAt: last.connectedAt, id: last.id } };
  }
}
