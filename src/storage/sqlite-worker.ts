import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { SESSIONS } from './migrations/001-sessions.ts';
import { makePrivateFile, makePrivateFolder, modeForOthers } from './private-files.ts';
import { ROW_COLUMNS, type SessionRow, unpackRows } from './session-rows.ts';
import { storageError } from './sqlite-problems.ts';
import type { Answer, Question, Request, Results, WorkerSettings } from './sqlite-requests.ts';
import { DEFAULT_LIMIT, LOST, type SessionQuery, type SessionRecord, StorageError } from './storage.ts';

// The thread in which SQLite may block: on a disk, on another process's lock. All SQL is here and in migrations/.

/** The schema's version (`PRAGMA user_version`) is how many of these have been run. Never change one, add another. */
const MIGRATIONS: readonly string[] = [SESSIONS];
/** 'sgbx', by which a database is known to be ours (and by which `file` could know it). */
const APPLICATION_ID = 0x73676278;
/** Short, because questions behind this one wait as well. Whoever asks may ask again. */
const LOCK_WAIT_MS = 250;

const SAVE = `
  INSERT INTO sessions (${ROW_COLUMNS.join(', ')}) VALUES (${ROW_COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${ROW_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}`;

const COLUMNS = `id, hub, connection_id AS connectionId, user, transport, remote_address AS remoteAddress,
  connected_at AS connectedAt, disconnected_at AS disconnectedAt, duration_ms AS durationMs,
  messages_in AS messagesIn, messages_out AS messagesOut, close_reason AS closeReason`;

const END_LOST = `UPDATE sessions SET disconnected_at = max(@now, connected_at), close_reason = @reason
  WHERE disconnected_at IS NULL`;

/** An open database file. */
interface Handle {
  readonly database: Database.Database;
  readonly save: Database.Statement<[SessionRow]>;
  /** Which file it is, whatever its path leads to now. */
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
    const { database } = this.#use();
    const end = database.transaction(() => database.prepare(END_LOST).run({ now: Date.now(), reason: LOST }).changes);
    const [lost, warnings] = [end.immediate(), this.#warnings()];
    return warnings.length === 0 ? { lost } : { lost, warnings };
  }

  #save(packed: string): undefined {
    const { database, save } = this.#use();
    const rows = unpackRows(packed);
    // Immediate: takes the lock before anything is done, so that no records at all say as well whether it is to be had.
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

  /** The database, opened anew if it had to be let go. */
  #use(): Handle {
    if (this.#handle !== undefined && this.#handle.file !== fileAt(this.#path)) {
      // SQLite would write on into a file without a name, and everything in it would be lost with the process.
      this.close();
      throw new StorageError('gone', `${this.#path} was taken away or replaced while in use.`);
    }
    this.#handle ??= this.#connect();
    return this.#handle;
  }

  #connect(): Handle {
    makePrivateFolder(dirname(this.#path));
    // SQLite gives the files beside it, for the WAL, the mode of this one.
    makePrivateFile(this.#path);
    const database = new Database(this.#path, { timeout: LOCK_WAIT_MS });
    try {
      this.#checkOurs(database);
      // Writers don't wait for readers; and what was acknowledged is on the disk, not in its queue.
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

  /** Files and folders that were there before us, and are not only ours. */
  #warnings(): string[] {
    return [dirname(this.#path), this.#path].flatMap((path) => {
      const mode = modeForOthers(path);
      return mode === undefined ? [] : [`${path} is not for this user alone (mode ${mode}). It stays so: use chmod.`];
    });
  }

  /** Before anything is written: a file of somebody else's stays as it is. */
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
        // Asked again: another process may have been faster.
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
  // Without a port nothing keeps the thread alive.
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

/** A handle keeps some troubles for ever, such as having been opened while the disk was read-only: the next one is new. */
function closeDatabase(): void {
  try {
    sessions.close();
  } catch {
    // It is forgotten all the same, and what led here is what will be told.
  }
}
