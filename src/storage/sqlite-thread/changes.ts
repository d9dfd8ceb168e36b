import type Database from 'better-sqlite3';
import type { KeyRow } from '../key-store.ts';
import type { AskedChanges, ChangesEnd, ChangesPage } from '../sqlite/topics.ts';
import { endOf, PAGE_ROWS } from './pages.ts';

/**
 * One statement for everything that may have changed, since it is asked once a second and nearly always finds nothing.
 * SQLite reads each table by its index of moments, and no further than the page.
 */
const CHANGES = `
  SELECT 'key' AS kind, id, changed_at AS at, NULL AS until FROM keys
    WHERE changed_at >= @keysSince AND (changed_at, id, 'key') > (@at, @id, @kind)
  UNION ALL
  SELECT 'credential', id, at, until FROM revoked_credentials
    WHERE at >= @since AND (at, id, 'credential') > (@at, @id, @kind) AND (until IS NULL OR until > @now)
  UNION ALL
  SELECT 'user', id, at, NULL FROM revoked_users
    WHERE at >= @since AND (at, id, 'user') > (@at, @id, @kind)
  ORDER BY at, id, kind LIMIT ${PAGE_ROWS}`;

type Change = ChangesEnd & { readonly until: number | null };

const BEGINNING = { at: Number.NEGATIVE_INFINITY, id: '', kind: '' };

/**
 * Reads the page of changes that begins behind `after`. To be called in a transaction.
 *
 * @param find Reads a key.
 */
export function changesOf(
  database: Database.Database,
  { since, keysSince, now }: AskedChanges,
  after: ChangesEnd | undefined,
  find: (id: string) => KeyRow | undefined,
): ChangesPage {
  const { at, id, kind } = after ?? BEGINNING;
  // From the moment at which the page before ended, so that it is not read again.
  const moments = { since: Math.max(since, at), keysSince: Math.max(keysSince, at) };
  const rows = database.prepare<[object], Change>(CHANGES).all({ ...moments, at, id, kind, now });
  const ofKind = (wanted: Change['kind']) => rows.filter((row) => row.kind === wanted);
  return {
    keys: ofKind('key').flatMap((row) => find(row.id) ?? []),
    credentials: ofKind('credential').map((row) => ({ id: row.id, until: row.until })),
    users: ofKind('user').map((row) => ({ id: row.id, at: row.at })),
    end: endOf(rows, (row) => ({ at: row.at, id: row.id, kind: row.kind })),
  };
}
