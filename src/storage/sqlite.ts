import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../clock.ts';
import type { DatabaseStorage, Migrated, SchemaVersions } from './database-storage.ts';
import type { KeyStore } from './key-store.ts';
import { lostNodes } from './lost-nodes.ts';
import type { MembershipStore } from './membership-store.ts';
import type { MessageStore } from './message-store.ts';
import type { ModerationStore } from './moderation-store.ts';
import { checked } from './rows/checked-arguments.ts';
import { MESSAGE_ARGUMENTS } from './rows/message-arguments.ts';
import { MODERATION_ARGUMENTS } from './rows/moderation-arguments.ts';
import type { SessionStore } from './session-store.ts';
import { SqliteKeys } from './sqlite/sqlite-keys.ts';
import { sqliteMemberships } from './sqlite/sqlite-memberships.ts';
import { sqliteMessages } from './sqlite/sqlite-messages.ts';
import { sqliteModeration } from './sqlite/sqlite-moderation.ts';
import { notOpen, packageError, storageError } from './sqlite/sqlite-problems.ts';
import {
  type Answer,
  callOf,
  type Question,
  type Request,
  type RequestOf,
  type Results,
} from './sqlite/sqlite-requests.ts';
import { SqliteSessions } from './sqlite/sqlite-sessions.ts';
import { sqliteTasks } from './sqlite/sqlite-tasks.ts';
import { startSqliteWorker } from './sqlite/start-sqlite-worker.ts';
import type { CallThread } from './sqlite/topics.ts';
import { UnfinishedFile } from './sqlite/unfinished-file.ts';
import { type OpenedStorage, type OpenStorageOptions, StorageError, type StorageTrouble } from './storage.ts';
import type { TaskStore } from './task-store.ts';

/** A request that waits for its answer. */
interface PendingRequest {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: StorageError) => void;
}

/**
 * Storage in a SQLite database (WAL, `synchronous=FULL`), in a thread of its own: a slow disk or a lock of another
 * process blocks that thread and not the event loop.
 */
export class SqliteStorage implements DatabaseStorage {
  /** Absolute: the working directory may change. */
  readonly path: string;
  readonly #clock: Pick<Clock, 'wallNow'>;
  readonly #workerFile: URL | undefined;
  readonly sessions: SessionStore;
  readonly keys: KeyStore;
  readonly messages: MessageStore;
  readonly moderation: ModerationStore;
  readonly tasks: TaskStore;
  readonly memberships: MembershipStore;
  /** By the numbers of the requests. */
  readonly #pending = new Map<number, PendingRequest>();
  #worker: Worker | undefined;
  #place: string | undefined;
  #trouble: StorageTrouble | undefined;
  #isOpen = false;
  #isClosing = false;
  #number = 0;

  /**
   * No file is touched before `open`.
   *
   * @param path The database's file. It and its folder are made if they are missing, for this user alone (modes 0600,
   *   0700).
   * @param workerFile The file of the thread. Default: the one beside this module.
   */
  constructor(path: string, clock: Pick<Clock, 'wallNow'> = systemClock, workerFile?: URL) {
    this.path = resolve(path);
    this.#clock = clock;
    this.#workerFile = workerFile;
    this.sessions = new SqliteSessions(this.#call, clock);
    this.keys = new SqliteKeys(this.#call, clock);
    this.messages = checked(sqliteMessages(this.#call), MESSAGE_ARGUMENTS);
    this.moderation = checked(sqliteModeration(this.#call, clock), MODERATION_ARGUMENTS);
    this.tasks = sqliteTasks(this.#call);
    this.memberships = sqliteMemberships(this.#call);
  }

  /** The machine, and the file behind all links: programs may name it differently. */
  get place(): string | undefined {
    return this.#place;
  }

  get trouble(): StorageTrouble | undefined {
    return this.#trouble;
  }

  async open(options: OpenStorageOptions): Promise<OpenedStorage> {
    this.#isClosing = false;
    const { file, warnings } = await this.#ask({ type: 'open' });
    this.#place = `sqlite:${hostname()}:${file}`;
    const lost = await this.#endLost(options);
    this.#isOpen = !this.#isClosing;
    return warnings.length === 0 ? { lost } : { lost, warnings };
  }

  /** Ends what a crash has left open, unless the storage is closed meanwhile. @returns the number of the sessions. */
  async #endLost(options: OpenStorageOptions): Promise<number> {
    const sessions = new SqliteSessions(this.#callOpening, this.#clock);
    try {
      return await sessions.endLost(await lostNodes(await sessions.openNodes(), options));
    } catch (error) {
      if (this.#isClosing) return 0;
      throw error;
    }
  }

  /** Finds out whether `open` would refuse the database, and changes no file. @throws {StorageError} */
  async examine(): Promise<void> {
    await this.#alone({ type: 'examine' });
  }

  /** Examines the database, and reads all of it, to see whether it is damaged. @throws {StorageError} */
  check(): Promise<SchemaVersions> {
    return this.#alone({ type: 'check' });
  }

  /** Brings the schema up to date, as `open` does. @throws {StorageError} */
  migrate(): Promise<Migrated> {
    return this.#alone({ type: 'migrate' });
  }

  /**
   * Copies the database into a new file for this user alone (mode 0600), while others write. The copy has the state of
   * one moment, is on the disk when the promise resolves, and complete by itself. The file appears only then.
   *
   * @param signal Ends it; then no file is left.
   * @throws {StorageError}
   */
  async backUp(file: string, signal?: AbortSignal): Promise<void> {
    const cancel = () => void this.crash();
    signal?.addEventListener('abort', cancel);
    try {
      const copy = new UnfinishedFile(file);
      try {
        signal?.throwIfAborted();
        await this.#alone({ type: 'backup', file: copy.path });
        copy.finish();
      } finally {
        copy.discard();
      }
    } catch (error) {
      throw storageError(error, file);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#isClosing = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((settle) => worker.once('exit', () => settle()));
    // A failure to close changes nothing: acknowledged records are safe, and the thread ends either way.
    this.#post(worker, { type: 'close' }).catch(() => {});
    await exited;
  }

  /** Asks one question, and ends the thread. */
  async #alone<T extends Request['type']>(request: RequestOf<T>): Promise<Results[T]> {
    try {
      return await this.#ask(request);
    } finally {
      await this.close();
    }
  }

  /** @internal For tests: runs a pragma in the thread, such as `synchronous` or `max_page_count = 10`. */
  pragma(text: string): Promise<unknown> {
    return this.#whileOpen({ type: 'pragma', text });
  }

  /** @internal Terminates the thread, whatever it does. */
  async crash(): Promise<void> {
    await this.#worker?.terminate();
  }

  readonly #call: CallThread = async (...call) => (await this.#whileOpen(callOf(...call))) as never;

  /** Calls while it is being opened. A storage that was closed meanwhile gets no new thread. */
  readonly #callOpening: CallThread = async (...call) => {
    if (this.#isClosing) throw notOpen(this.path);
    return (await this.#ask(callOf(...call))) as never;
  };

  async #whileOpen<T extends Request['type']>(request: RequestOf<T>): Promise<Results[T]> {
    if (!this.#isOpen) throw notOpen(this.path);
    return this.#ask(request);
  }

  async #ask<T extends Request['type']>(request: RequestOf<T>): Promise<Results[T]> {
    // Replaces a thread that has died. The new one does not end lost sessions: those that are open are ours.
    this.#worker ??= this.#start();
    return (await this.#post(this.#worker, request)) as Results[T];
  }

  #post(worker: Worker, request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const question: Question = { number: ++this.#number, request };
      try {
        worker.postMessage(question);
      } catch (error) {
        reject(storageError(error, this.path));
        return;
      }
      this.#pending.set(question.number, { resolve, reject });
      worker.ref();
    });
  }

  #start(): Worker {
    const worker = startSqliteWorker({ path: this.path }, this.#workerFile);
    let fault: unknown;
    worker.on('error', (error) => {
      fault = error;
    });
    worker.on('message', (answer: Answer) => this.#answered(worker, answer));
    worker.on('exit', () => this.#ended(fault));
    return worker;
  }

  #answered(worker: Worker, answer: Answer): void {
    const request = this.#pending.get(answer.number);
    this.#pending.delete(answer.number);
    this.#trouble = answer.trouble;
    // An idle thread does not keep the process alive. A closing one does: its end is waited for.
    if (this.#pending.size === 0 && !this.#isClosing) worker.unref();
    if ('result' in answer) request?.resolve(answer.result);
    else request?.reject(new StorageError(answer.failure.problem, answer.failure.message));
  }

  #ended(fault: unknown): void {
    this.#worker = undefined;
    this.#trouble = undefined;
    const why = fault instanceof Error ? `: ${fault.message}` : '';
    const error =
      (fault instanceof Error ? packageError(fault) : undefined) ??
      new StorageError('failed', `The thread that writes ${this.path} has ended${why}.`);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
