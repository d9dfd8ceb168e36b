import { closeSync, fsyncSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { storageError } from '../sqlite/sqlite-problems.ts';
import { openAsItIs } from './database.ts';

/** Pages that are copied at once, of 4 KiB. It takes less than a millisecond. */
const STEP_PAGES = 100;

/**
 * Copies a database, while others write to it, into a file that is there and empty. The copy has the state of one
 * moment, is on the disk when the promise resolves, and is complete by itself, without a log.
 *
 * @throws {Error} of SQLite or of Node, and a `StorageError` for a database that is not ours.
 */
export async function backUpDatabase(path: string, file: string): Promise<undefined> {
  const source = openAsItIs(path);
  try {
    // One transaction for all steps: otherwise SQLite begins anew whenever somebody has written between two of them.
    source.exec('BEGIN');
    source.prepare('SELECT 1 FROM sqlite_schema').get();
    await source.backup(file, { progress: () => STEP_PAGES });
    seal(file);
  } catch (error) {
    throw storageError(error, file);
  } finally {
    source.close();
  }
}

/** Makes a copy complete by itself, and brings it to the disk. */
function seal(file: string): void {
  // A database with a log cannot be opened in a place that is read-only. A server makes a log when it opens the copy.
  const copy = new Database(file);
  copy.pragma('journal_mode = DELETE');
  copy.close();
  const descriptor = openSync(file, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
