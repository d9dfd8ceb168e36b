import type Database from 'better-sqlite3';
import { storageError } from '../sqlite/sqlite-problems.ts';
import type { Topics } from '../sqlite/topics.ts';
import { StorageError, type StorageTrouble } from '../storage.ts';
import { IDLE_WAL_BYTES, LOCK_WAIT_MS, openDatabase } from './database.ts';
import { DatabaseFiles } from './database-files.ts';
import { KeyTables } from './key-tables.ts';
import { MembershipTables } from './membership-tables.ts';
import { MessageTables } from './message-tables.ts';
import { ModerationTables } from './moderation-tables.ts';
import { SessionTable } from './session-table.ts';
import { TaskTables } from './task-tables.ts';

const MEBIBYTE = 1_024 * 1_024;
/** Size of the log's file from which on it is a trouble. */
const TOO_LARGE_MIB = 64;

interface Checkpoint {
  /** 1: another connection kept the log from being emptied. */
  readonly busy: number;
}

/** An open database, and its files. */
export class DatabaseHandle {
  readonly database: Database.Database;
  readonly topics: Topics;
  readonly #path: string;
  readonly #files: DatabaseFiles;
  readonly #changes: Database.Statement<[], number>;
  readonly #version: Database.Statement<[], number>;
  /** Number of rows that were changed here, and number of the state that others have made, when they were asked for. */
  #seenChanges = 0;
  #seenVersion: number;
  #isReading = false;
  #isTooLarge = false;

  /** @throws {Error} of SQLite or of Node, or a {@link StorageError}. */
  constructor(path: string) {
    this.#path = path;
    this.database = openDatabase(path);
    this.topics = {
      sessions: new SessionTable(this.database),
      keys: new KeyTables(this.database),
      messages: new MessageTables(this.database),
      moderation: new ModerationTables(this.database),
      tasks: new TaskTables(this.database),
      memberships: new MembershipTables(this.database),
    };
    this.#files = new DatabaseFiles(path);
    this.#changes = this.database.prepare<[], number>('SELECT total_changes()').pluck();
    this.#version = this.database.prepare<[], number>('PRAGMA data_version').pluck();
    this.#seenVersion = this.#version.get() as number;
  }

  /** Whether nothing may be written now: SQLite refuses it. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** Does something that may read, and may not write. */
  whileReading<T>(work: () => T): T {
    this.#isReading = true;
    this.database.pragma('query_only = ON');
    try {
      return work();
    } finally {
      this.#isReading = false;
      if (this.database.open) this.database.pragma('query_only = OFF');
    }
  }

  /** Whether anything has been written since the last question. */
  hasWritten(): boolean {
    const before = this.#seenChanges;
    this.#seenChanges = this.#changes.get() as number;
    return this.#seenChanges !== before;
  }

  /** Whether another connection has written since the last question. */
  hasOthersWritten(): boolean {
    const before = this.#seenVersion;
    this.#seenVersion = this.#version.get() as number;
    return this.#seenVersion !== before;
  }

  /** What is wrong although the database can be written to, as `trim` has seen it. */
  get trouble(): StorageTrouble | undefined {
    if (!this.#isTooLarge) return undefined;
    return {
      severity: 'degraded',
      text: 'Its log grows: another program keeps a transaction open.',
      detail:
        `${this.#files.wal} is larger than ${TOO_LARGE_MIB} MiB, and cannot be emptied: ` +
        'another program keeps a transaction open, maybe only to read. End that transaction, or that program.',
    };
  }

  /**
   * Checks that the files are still there. When the log is not, what it holds is brought into the database, since its
   * file ends with the last process that has it open.
   *
   * @returns undefined when all is well. Otherwise what has happened, and whether this handle must be used no more; if
   *   it may be, it has to be rescued again.
   * @throws Node's error when a path cannot be looked at, and a {@link StorageError} when the disk is full.
   */
  lost(): { readonly error: StorageError; readonly isOver: boolean } | undefined {
    const file = this.#files.changed();
    if (file === undefined) return undefined;
    const what = `${file} was taken away or replaced while in use`;
    if (this.#files.isDatabase(file)) return { error: new StorageError('gone', `${what}.`), isOver: true };
    switch (this.#whileWaiting(() => this.#empty())) {
      case 'done':
        return { error: new StorageError('gone', `${what}. Nothing is lost: ${this.#path} has it all.`), isOver: true };
      case 'held':
        return {
          error: new StorageError(
            'gone',
            `${what}. Another program reads ${this.#path}, or writes to it: nothing can be saved until its transaction ends.`,
          ),
          isOver: false,
        };
      case 'failed':
        return { error: new StorageError('gone', `${what}. What was saved last may be lost.`), isOver: true };
    }
  }

  /** Makes the log's file small again if it has grown, as far as other programs let it. Waits for nobody. */
  trim(): void {
    if (this.#files.walBytes > IDLE_WAL_BYTES) this.#empty();
    this.#isTooLarge = this.#files.walBytes > TOO_LARGE_MIB * MEBIBYTE;
  }

  /** Brings the content of the log into the database. SQLite does so, too, unless another program has it open. */
  close(): void {
    this.database.close();
  }

  /** Does something for which SQLite waits when another program has a lock. Nothing else does. */
  #whileWaiting<T>(work: () => T): T {
    this.database.pragma(`busy_timeout = ${LOCK_WAIT_MS}`);
    try {
      return work();
    } finally {
      this.database.pragma('busy_timeout = 0');
    }
  }

  /**
   * Brings the content of the log into the database, and makes the log empty.
   *
   * TRUNCATE, and no weaker checkpoint: as long as the index of the log names content, a connection that opens another
   * file as the log would write it in the middle of that file, and nobody could read it after a crash.
   */
  #empty(): 'done' | 'held' | 'failed' {
    try {
      const [outcome] = this.database.pragma('wal_checkpoint(TRUNCATE)') as Checkpoint[];
      return outcome?.busy === 0 ? 'done' : 'held';
    } catch (thrown) {
      const error = storageError(thrown, this.#path);
      if (error.problem === 'full') throw error;
      return error.problem === 'locked' ? 'held' : 'failed';
    }
  }
}
