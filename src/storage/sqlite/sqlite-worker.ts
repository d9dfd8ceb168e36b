import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../clock.ts';
import { decodeTexts, encodeTexts } from '../rows/texts.ts';
import { backUpDatabase } from '../sqlite-thread/backup.ts';
import { checkDatabase, examineDatabase, migrateDatabase } from '../sqlite-thread/database.ts';
import { DatabaseHandle } from '../sqlite-thread/database-handle.ts';
import { realPathOf } from '../sqlite-thread/database-place.ts';
import { type TurnsWork, WriteTurns } from '../sqlite-thread/write-turns.ts';
import { StorageError, type StorageProblem } from '../storage.ts';
import { modeForOthers } from './private-files.ts';
import { storageError } from './sqlite-problems.ts';
import type { Answer, Question, Request, RequestOf, WorkerSettings } from './sqlite-requests.ts';

// Worker thread in which SQLite may block on a disk. It answers one request after the other, except that what writes waits
// for its turn while another process has the lock. In between it looks after the files.

/** Time between two looks at the files. */
const WATCH_MS = 1_000;
/** Problems of SQLite with which the open database is kept. */
const KEPT: readonly StorageProblem[] = ['locked', 'full'];

/** Any question but that for a backup. */
type Turn = Question & { readonly request: TurnRequest };
type TurnRequest = Exclude<Request, RequestOf<'backup'>>;

class SqliteThread implements TurnsWork<Turn> {
  readonly #path: string;
  readonly #answer: (answer: Answer) => void;
  #handle: DatabaseHandle | undefined;
  /** What the next request has to report. */
  #lost: StorageError | undefined;

  constructor(path: string, answer: (answer: Answer) => void) {
    this.#path = path;
    this.#answer = answer;
  }

  attempt(question: Turn, mayWrite: boolean): boolean {
    if (mayWrite) return this.#try(question, false);
    // What was asked before is done before the end; and to open a database may be to change it.
    if (question.request.type === 'close' || this.#handle === undefined) return false;
    return this.#handle.whileReading(() => this.#try(question, false));
  }

  attemptFinally(question: Turn): void {
    this.#try(question, true);
  }

  hasWritten(): boolean {
    return this.#handle?.hasWritten() ?? false;
  }

  hasOthersWritten(): boolean {
    return this.#handle?.hasOthersWritten() ?? false;
  }

  /** @returns false: it was not answered, since it has to wait for the lock. */
  #try({ number, request }: Turn, isLast: boolean): boolean {
    try {
      const result = this.#do(request);
      this.#answer({ number, result, trouble: this.#handle?.trouble });
    } catch (thrown) {
      const { problem, message } = storageError(thrown, this.#path);
      if (!isLast && (problem === 'locked' || (this.#handle?.isReading === true && isReadOnly(thrown)))) return false;
      // An error of ours is about what was asked, or has seen to the database already.
      if (!(thrown instanceof StorageError) && !KEPT.includes(problem)) this.#drop();
      this.#answer({ number, failure: { problem, message }, trouble: this.#handle?.trouble });
    }
    return true;
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

  /** Copies the database. Between two steps, other requests are answered. */
  async backUp(number: number, file: string): Promise<void> {
    try {
      this.#answer({ number, result: await backUpDatabase(this.#path, file) });
    } catch (thrown) {
      const { problem, message } = storageError(thrown, this.#path);
      this.#answer({ number, failure: { problem, message } });
    }
  }

  #do(request: TurnRequest): unknown {
    switch (request.type) {
      case 'close':
        return this.#close();
      case 'examine':
        return examineDatabase(this.#path);
      case 'check':
        return checkDatabase(this.#path);
      case 'migrate':
        return migrateDatabase(this.#path);
    }
    const handle = this.#use();
    switch (request.type) {
      case 'open':
        return { file: realPathOf(this.#path), warnings: this.#warnings() };
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
    // Without a port the thread ends, once the answer is on its way.
    setImmediate(() => parentPort?.close());
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

/** Whether SQLite has refused to write. */
function isReadOnly(thrown: unknown): boolean {
  return (thrown as { readonly code?: unknown }).code === 'SQLITE_READONLY';
}

const { path } = workerData as WorkerSettings;
const thread = new SqliteThread(path, (answer) => parentPort?.postMessage(answer));
const turns = new WriteTurns(thread, systemClock);

parentPort?.on('message', (question: Question) => {
  const { number, request } = question;
  if (request.type === 'backup') void thread.backUp(number, request.file);
  else turns.add({ number, request });
});

setInterval(() => thread.watch(), WATCH_MS).unref();
