import { closeSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Migrated, SchemaVersions } from '../database-storage.ts';
import { SESSIONS } from '../migrations/sqlite/001-sessions.ts';
import { NODE_AND_PROTOCOL } from '../migrations/sqlite/002-node-and-protocol.ts';
import { KEYS } from '../migrations/sqlite/003-keys.ts';
import { MESSAGES } from '../migrations/sqlite/004-messages.ts';
import { MODERATION } from '../migrations/sqlite/005-moderation.ts';
import { TASKS } from '../migrations/sqlite/006-tasks.ts';
import { MEMBERSHIPS } from '../migrations/sqlite/007-memberships.ts';
import { SESSION_ENDS } from '../migrations/sqlite/008-session-ends.ts';
import { makePrivateFile, makePrivateFolder } from '../sqlite/private-files.ts';
import { StorageError } from '../storage.ts';
import { checkPlace, tryPlace } from './database-place.ts';

/**
 * The schema's version (`PRAGMA user_version`) is the number of migrations that have been run. Never change one, add
 * another.
 */
const MIGRATIONS: readonly string[] = [
  SESSIONS,
  NODE_AND_PROTOCOL,
  KEYS,
  MESSAGES,
  MODERATION,
  TASKS,
  MEMBERSHIPS,
  SESSION_ENDS,
];
/** 'sgbx': marks a database as ours (and lets the program `file` recognise it). */
const APPLICATION_ID = 0x73676278;
/** For so long the thread waits for a lock where it cannot do anything else: while it opens a database. Milliseconds. */
export const LOCK_WAIT_MS = 250;
/** Bytes that the log may keep once its content is in the database: as much as it needs between two checkpoints. */
export const IDLE_WAL_BYTES = 4 * 1_024 * 1_024;

/**
 * Opens a database of ours, and brings its schema up to date. It is made if it is missing.
 *
 * @throws {Error} of SQLite or of Node, and a {@link StorageError} for a database that is not ours, or too new.
 */
export function openDatabase(path: string): Database.Database {
  return migrated(path).database;
}

/** Brings the schema of a database up to date, as `openDatabase`. It is made if it is missing. */
export function migrateDatabase(path: string): Migrated {
  const { database, from } = migrated(path);
  database.close();
  return { from, to: MIGRATIONS.length };
}

/**
 * Finds out whether `openDatabase` would refuse a database, and changes none of its files.
 *
 * @throws {Error} as `openDatabase`.
 */
export function examineDatabase(path: string): SchemaVersions {
  checkPlace(path);
  tryPlace(path);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return { version: 0, latest: MIGRATIONS.length };
  closeSync(openSync(path, 'r+'));
  const database = openAsItIs(path);
  try {
    return { version: checkedVersion(database, path), latest: MIGRATIONS.length };
  } finally {
    database.close();
  }
}

/**
 * Examines a database, and looks whether it is damaged. That reads all of it.
 *
 * @throws {Error} as `openDatabase`.
 */
export function checkDatabase(path: string): SchemaVersions {
  const versions = examineDatabase(path);
  if (versions.version === 0) return versions;
  const database = openAsItIs(path);
  try {
    const found = database.pragma('quick_check(1)', { simple: true });
    if (found === 'ok') return versions;
    throw new StorageError('unreadable', `${path} is damaged: use a backup of it. SQLite says: ${found}`);
  } finally {
    database.close();
  }
}

/** Opens a database of ours that is there, of any version, without changing it. */
export function openAsItIs(path: string): Database.Database {
  // A connection that only reads leaves an empty log behind when there was none, and another one brings it in.
  const readonly = statSync(`${realpathSync(path)}-wal`, { throwIfNoEntry: false }) !== undefined;
  const database = new Database(path, { readonly, fileMustExist: true, timeout: LOCK_WAIT_MS });
  try {
    checkOurs(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** @returns also the version that the schema had before. */
function migrated(path: string): { readonly database: Database.Database; readonly from: number } {
  // Its binary is loaded with the first database. If it is missing, no folder is to be made.
  new Database(':memory:').close();
  makePrivateFolder(dirname(path));
  checkPlace(path);
  // SQLite gives the files of the WAL the mode of this one.
  makePrivateFile(path);
  const database = new Database(path, { timeout: LOCK_WAIT_MS });
  try {
    checkOurs(database, path);
    checkedVersion(database, path);
    // WAL: writers do not wait for readers. FULL: acknowledged writes are on the disk, not in its queue.
    if (database.pragma('journal_mode = WAL', { simple: true }) !== 'wal')
      throw new StorageError('unwritable', `${path} is in a place where SQLite has no WAL: use a local disk.`);
    database.pragma('synchronous = FULL');
    // Without it the log's file keeps for ever the size that it once had.
    database.pragma(`journal_size_limit = ${IDLE_WAL_BYTES}`);
    const from = migrate(database);
    // From now on the thread does something else meanwhile.
    database.pragma('busy_timeout = 0');
    return { database, from };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Called before anything is written: another program's file stays as it is. */
function checkOurs(database: Database.Database, path: string): void {
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!isEmpty && database.pragma('application_id', { simple: true }) !== APPLICATION_ID)
    throw new StorageError('unreadable', `${path} is another program's database: name another file.`);
}

/** The version of a schema, which must not be newer than we know. */
function checkedVersion(database: Database.Database, path: string): number {
  const version = versionOf(database);
  if (version <= MIGRATIONS.length) return version;
  throw new StorageError(
    'newer-schema',
    `${path} has schema ${version}, and this version of signalbox knows ${MIGRATIONS.length} at most: ` +
      'a newer version has used it. Start that one, or name another file.',
  );
}

/** @returns the version that the schema had before. */
function migrate(database: Database.Database): number {
  if (versionOf(database) === MIGRATIONS.length) return MIGRATIONS.length;
  return database
    .transaction(() => {
      // Read again: another process may have been faster.
      const from = versionOf(database);
      for (const migration of MIGRATIONS.slice(from)) database.exec(migration);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${MIGRATIONS.length}`);
      return from;
    })
    .immediate();
}

function versionOf(database: Database.Database): number {
  return database.pragma('user_version', { simple: true }) as number;
}
