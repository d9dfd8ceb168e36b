import { encodeTexts } from '../rows/texts.ts';
import type { SessionRecord } from '../session-store.ts';
import { StorageError } from '../storage.ts';

/** Values of a record in the order of `ROW_COLUMNS`. */
export type SessionRow = readonly (string | number | null)[];

/** Columns of a row, by their names in the table. */
export const ROW_COLUMNS = [
  'id',
  'hub',
  'connection_id',
  'user',
  'transport',
  'remote_address',
  'connected_at',
  'disconnected_at',
  'duration_ms',
  'messages_in',
  'messages_out',
  'close_reason',
  'node_id',
  'protocol',
] as const;

/**
 * Packs records as one text for the thread that writes them. A message of objects repeats the names of all properties
 * for each of them, and takes the other thread twice as long.
 *
 * @throws {StorageError} for a value that JSON would change.
 */
export function packRows(records: readonly SessionRecord[]): string {
  const rows = records.map(rowOf);
  for (const row of rows) {
    if (!row.every(isKept))
      throw new StorageError('invalid', 'A session record holds texts, finite numbers and null, and nothing else.');
  }
  return JSON.stringify(rows);
}

/** Unpacks rows for the database: the texts of what is packed are not seen from outside. */
export function unpackRows(text: string): readonly SessionRow[] {
  return encodeTexts(JSON.parse(text) as readonly SessionRow[]);
}

function isKept(value: unknown): boolean {
  return typeof value === 'string' || value === null || Number.isFinite(value);
}

function rowOf(record: SessionRecord): SessionRow {
  return [
    record.id,
    record.hub,
    record.connectionId,
    record.user,
    record.transport,
    record.remoteAddress,
    record.connectedAt,
    record.disconnectedAt,
    record.durationMs,
    record.messagesIn,
    record.messagesOut,
    record.closeReason,
    record.nodeId,
    record.protocol,
  ];
}
