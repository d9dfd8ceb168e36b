import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { examineDatabase } from '../sqlite-thread/database.ts';
import { DatabaseHandle } from '../sqlite-thread/database-handle.ts';
import { StorageError, type StorageProblem } from '../storage.ts';
import { decodeTexts, encodeTexts } from '../texts.ts';
import { modeForOthers } from './private-files.ts';
import { storageError } from './sqlite-problems.ts';
import type { Answer, Question, Request, RequestOf, WorkerSettings } from './sqlite-requests.ts';

// Worker thread in which SQLite may block on a disk or on another process's lock. It answers one request after the
// other, and looks after the files in between.

/** Time between two looks at the files. */
const WATCH_MS = 1_000;
/** Problems of SQLite with which the open database is kept. */
const KEPT: readonly StorageProblem[] = ['locked', 'full'];

class SqliteThread {
  readonly #path: string;
  #handle: DatabaseHandle | undefined;
  /** What the next request has to report. */
  #lost: StorageError | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  answer(number: number, request: Request): Answer {
    try {
      const result = this.#do(request);
      return { number, result, trouble: this.#handle?.trouble };
    } catch (thrown) {
      const { problem, message } = storageError(thrown, this.#path);
      // An error of ours is about what was asked, or has seen to the database already.
      if (!(thrown instanceof StorageError) && !KEPT.includes(problem)) this.#drop();
      return { number, failure: { problem, message }, trouble: this.#handle?.trouble };
    }
  }

  /** Looks after the files while nothing is asked. What goes wrong is met again, and reported, by the next request. */
  watch(): void {
    try {
      this.#look();
      if (this.#lost === undefined) this.#handle?.trim();
    } catch {
      // As above.
    }
  }

  #do(request: Request): unknown {
    if (request.type === 'close') return this.#close();
    if (request.type === 'examine') return examineDatabase(this.#path);
    const handle = this.#use();
    switch (request.type) {
      case 'open':
        return { nodeIds: decodeTexts(handle.sessions.nodeIds()), warnings: this.#warnings() };
      case 'call':
        return call(handle, request);
      case 'pragma':
        return handle.database.pragma(request.text, { simple: true });
    }
  }

  /** The open database; opens it again after it had to be closed. */
  #use(): DatabaseHandle {
    this.#look();
    const lost = this.#lost;
    this.#lost = undefined;
    if (lost !== undefined) throw lost;
    this.#handle ??= new DatabaseHandle(this.#path);
    return this.#handle;
  }

  #look(): void {
    const lost = this.#handle?.lost();
    if (lost === undefined) return;
    this.#lost = lost.error;
    if (lost.isOver) this.#drop();
  }

  #close(): undefined {
    // So that the log's content is not lost with a log that has no name any more.
    this.watch();
    const handle = this.#handle;
    this.#handle = undefined;
    handle?.close();
  }

  /**
   * Some problems stay with a handle for ever, such as a disk that was read-only when it was opened: the next request
   * opens a new one.
   */
  #drop(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      handle?.close();
    } catch {
      // The handle is dropped anyway, and the first error is the one that is reported.
    }
  }

  /** Warnings about files and folders that existed already and that other users have access to. */
  #warnings(): string[] {
    return [dirname(this.#path), this.#path].flatMap((path) => {
      const mode = modeForOthers(path);
      return mode === undefined ? [] : [`${path} is not for this user alone (mode ${mode}). It stays so: use chmod.`];
    });
  }
}

function call({ topics }: DatabaseHandle, { topic, method, args }: RequestOf<'call'>): unknown {
  const methods = topics[topic] as unknown as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  // Here for all topics, so that every text comes back as it was given.
  return decodeTexts(methods[method]?.(...encodeTexts(args)));
}

const { path } = workerData as WorkerSettings;
const thread = new SqliteThread(path);

parentPort?.on('message', ({ number, request }: Question) => {
  parentPort?.postMessage(thread.answer(number, request));
  // Without a port the thread ends.
  if (request.type === 'close') parentPort?.close();
});

setInterval(() => thread.watch(), WATCH_MS).unref();
