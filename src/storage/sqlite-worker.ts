import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { SESSIONS } from './migrations/001-sessions.ts';
import { NODE_AND_PROTOCOL } from './migrations/002-node-and-protocol.ts';
import { makePrivateFile, makePrivateFolder, modeForOthers } from './private-files.ts';
import { ROW_COLUMNS, type SessionRow, unpackRows } from './session-rows.ts';
import { DEFAULT_LIMIT, LOST, type SessionQuery, type SessionRecord } from './session-store.ts';
import { storageError } from './sqlite-problems.ts';
import type { Answer, Question, Request, RequestOf, Results, WorkerSettings } from './sqlite-requests.ts';
import { StorageError } from './storage.ts';

// Worker thread in which SQLite may block on a disk or on another process's lock. All SQL is here and in migrations/.

/**
 * The schema's version (`PRAGMA user_version`) is the number of migrations that have been run. Never change one, add
 * another.
 */
const MIGRATIONS: readonly string[] = [SESSIONS, NODE_AND_PROTOCOL];
/** 'sgbx': marks a database as ours (and lets the program `file` recognise it). */
const APPLICATION_ID = 0x73676278;
/** Short, because later requests wait as well. The caller may try again. */
const LOCK_WAIT_MS = 250;

const SAVE = `
  INSERT INTO sessions (${ROW_COLUMNS.join(', ')}) VALUES (${ROW_COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${ROW_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}`;

const COLUMNS = `id, hub, connection_id AS connectionId, user, transport, remote_address AS remoteAddress,
  connected_at AS connectedAt, disconnected_at AS disconnectedAt, duration_ms AS durationMs,
  messages_in AS messagesIn, messages_out AS messagesOut, close_reason AS closeReason, node_id AS nodeId, protocol`;

const NODES = 'SELECT DISTINCT node_id FROM sessions WHERE disconnected_at IS NULL AND node_id IS NOT NULL';

/** `@nodes`: a JSON list. */
const END_LOST = `UPDATE sessions SET disconnected_at = max(@now, connected_at), close_reason = @reason
  WHERE disconnected_at IS NULL AND (node_id IS NULL OR node_id IN (SELECT value FROM json_each(@nodes)))`;

/** An open database file. */
interface Handle {
  readonly database: Database.Database;
  readonly save: Database.Statement<[SessionRow]>;
  /** Device and inode of the open file: its path may lead to another one now. */
  readonly file: string;
}

class SessionsDatabase {
  readonly #path: string;
  #handle: Handle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  answer(request: Request): Results[keyof Results] {
    switch (request.type) {
      case 'open':
        return this.#open();
      case 'end-lost':
        return this.#endLost(request);
      case 'save':
        return this.#save(request.rows);
      case 'sessions':
        return this.#sessions(request.query);
      case 'pragma':
        return this.#use().database.pragma(request.text, { simple: true });
      case 'close':
        return this.close();
    }
  }

  close(): undefined {
    const handle = this.#handle;
    this.#handle = undefined;
    handle?.database.close();
  }

  #open(): Results['open'] {
    const nodeIds = this.#use().database.prepare<[], string>(NODES).pluck().all();
    return { nodeIds, warnings: this.#warnings() };
  }

  #endLost({ nodeIds, now }: RequestOf<'end-lost'>): number {
    const { database } = this.#use();
    const values = { now, reason: LOST, nodes: JSON.stringify(nodeIds) };
    return database.transaction(() => database.prepare(END_LOST).run(values).changes).immediate();
  }

  #save(packed: string): undefined {
    const { database, save } = this.#use();
    const rows = unpackRows(packed);
    // Immediate: takes the lock first, so that an empty save also shows whether the database can be written to.
    const saveAll = database.transaction(() => {
      for (const row of rows) save.run(row);
    });
    saveAll.immediate();
  }

  #sessions({ limit = DEFAULT_LIMIT, hub, open }: SessionQuery): SessionRecord[] {
    const conditions = [
      ...(hub === undefined ? [] : ['hub = @hub']),
      ...(open === undefined ? [] : [`disconnected_at IS ${open ? '' : 'NOT '}NULL`]),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.#use()
      .database.prepare<[object], SessionRecord>(
        `SELECT ${COLUMNS} FROM sessions ${where} ORDER BY connected_at DESC, id DESC LIMIT @limit`,
      )
      .all({ limit, hub });
  }

  /** The open database; opens it again after it had to be closed. */
  #use(): Handle {
    if (this.#handle !== undefined && this.#handle.file !== fileAt(this.#path)) {
      // SQLite would go on writing to a file without a name, whose content would be lost with the process.
      this.close();
      throw new StorageError('gone', `${this.#path} was taken away or replaced while in use.`);
    }
    this.#handle ??= this.#connect();
    return this.#handle;
  }

  #connect(): Handle {
    makePrivateFolder(dirname(this.#path));
    // SQLite gives the files of the WAL the mode of this one.
    makePrivateFile(this.#path);
    const database = new Database(this.#path, { timeout: LOCK_WAIT_MS });
    try {
      this.#checkOurs(database);
      // WAL: writers do not wait for readers. FULL: acknowledged writes are on the disk, not in its queue.
      if (database.pragma('journal_mode = WAL', { simple: true }) !== 'wal')
        throw new StorageError('unwritable', `${this.#path} is in a place where SQLite has no WAL: use a local disk.`);
      database.pragma('synchronous = FULL');
      this.#migrate(database);
      return { database, save: database.prepare(SAVE), file: fileAt(this.#path) };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Warnings about files and folders that existed already and that other users have access to. */
  #warnings(): string[] {
    return [dirname(this.#path), this.#path].flatMap((path) => {
      const mode = modeForOthers(path);
      return mode === undefined ? [] : [`${path} is not for this user alone (mode ${mode}). It stays so: use chmod.`];
    });
  }

  /** Called before anything is written: another program's file stays as it is. */
  #checkOurs(database: Database.Database): void {
    const version = versionOf(database);
    if (version > MIGRATIONS.length) {
      throw new StorageError(
        'newer-schema',
        `${this.#path} has schema ${version}, and this version of signalbox knows ${MIGRATIONS.length} at most: ` +
          'a newer version has used it. Start that one, or name another file.',
      );
    }
    const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    if (!isEmpty && database.pragma('application_id', { simple: true }) !== APPLICATION_ID)
      throw new StorageError('unreadable', `${this.#path} is another program's database: name another file.`);
  }

  #migrate(database: Database.Database): void {
    if (versionOf(database) === MIGRATIONS.length) return;
    database
      .transaction(() => {
        // Read again: another process may have been faster.
        for (const migration of MIGRATIONS.slice(versionOf(database))) database.exec(migration);
        database.pragma(`application_id = ${APPLICATION_ID}`);
        database.pragma(`user_version = ${MIGRATIONS.length}`);
      })
      .immediate();
  }
}

function versionOf(database: Database.Database): number {
  return database.pragma('user_version', { simple: true }) as number;
}

function fileAt(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? 'none' : `${found.dev}:${found.ino}`;
}

const { path } = workerData as WorkerSettings;
const sessions = new SessionsDatabase(path);

parentPort?.on('message', ({ number, request }: Question) => {
  parentPort?.postMessage(answerTo(number, request));
  // Without a port the thread ends.
  if (request.type === 'close') parentPort?.close();
});

function answerTo(number: number, request: Request): Answer {
  try {
    return { number, result: sessions.answer(request) };
  } catch (error) {
    const { problem, message } = storageError(error, path);
    if (problem !== 'locked' && problem !== 'full') closeDatabase();
    return { number, failure: { problem, message } };
  }
}

/**
 * Some problems stay with a handle for ever, such as a disk that was read-only when it was opened: the next request
 * opens a new one.
 */
function closeDatabase(): void {
  try {
    sessions.close();
  } catch {
    // The handle is dropped anyway, and the first error is the one that is reported.
  }
}
