import type { Clock } from '../../clock.ts';
import { isA, loggable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { SessionRecord } from '../session-store.ts';
import {
  type OpenStorageOptions,
  PASSING_PROBLEMS,
  type Storage,
  StorageError,
  type StorageTrouble,
} from '../storage.ts';
import type { SessionQueue } from './session-queue.ts';
import { StorageHealth } from './storage-health.ts';
import { UnknownNodesError } from './unknown-nodes.ts';
import { isInvalid, WriteBehind } from './write-behind.ts';

export interface WriterStatus {
  readonly state: 'ready' | 'degraded';
  /** Present trouble of the storage, if there is any. */
  readonly trouble?: StorageTrouble;
  /** Number of records that the storage has acknowledged; most sessions are saved twice, open and ended. */
  readonly saved: number;
  /** Number of sessions that a crash had left open, found at the start. */
  readonly lost: number;
}

/** Time limit for closing the storage. */
const CLOSE_MS = 2_000;
const NOT_YET = 'It is not open yet.';
const NOT_YET_OPEN: StorageTrouble = { severity: 'unready', text: NOT_YET, detail: NOT_YET };

/** Opens a storage, saves queued session records in it, and closes it. */
export class SessionWriter {
  readonly #storage: Storage;
  readonly #opening: OpenStorageOptions;
  readonly #queue: SessionQueue;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: StorageHealth;
  readonly #writes: WriteBehind<SessionRecord>;
  #stage: 'new' | 'running' | 'finished' = 'new';
  #starting: Promise<void> | undefined;
  #finishing: Promise<void> | undefined;
  #isStorageOpen = false;
  #saved = 0;
  #lost = 0;

  constructor(storage: Storage, opening: OpenStorageOptions, queue: SessionQueue, clock: Clock, log: Log) {
    this.#storage = storage;
    this.#opening = opening;
    this.#queue = queue;
    this.#clock = clock;
    this.#log = log;
    this.#health = new StorageHealth(clock, log);
    this.#writes = new WriteBehind({
      queue,
      clock,
      write: (records) => this.#write(records),
      refused: (record, error) => {
        queue.refused(record);
        log.warn({ error: loggable(error), sessionId: record.id }, 'a session record cannot be kept, and is left out');
      },
    });
  }

  /** Opens the storage. @throws {StorageError} when it cannot be used and waiting does not help. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Schedules a save: a record has been queued. */
  wake(): void {
    this.#writes.wake();
  }

  status(): WriterStatus {
    const trouble = this.#stage === 'new' ? NOT_YET_OPEN : this.#health.trouble;
    const figures = { saved: this.#saved, lost: this.#lost };
    // So that a locked database is noticed also while no session begins or ends. The answer counts for the next call.
    if (this.#health.isUncertain) this.#writes.flush();
    return trouble === undefined ? { state: 'ready', ...figures } : { state: 'degraded', trouble, ...figures };
  }

  /** Saves as much as it can within the time, then closes the storage. */
  finish(limitMs: number): Promise<void> {
    this.#finishing ??= this.#finish(limitMs);
    return this.#finishing;
  }

  async #start(): Promise<void> {
    this.#health.asked();
    let hasFailed = false;
    try {
      await this.#openStorage();
      this.#worked();
    } catch (error) {
      if (!isPassing(error)) {
        this.#health.refused();
        await this.#closeStorage();
        this.#starting = undefined;
        throw error;
      }
      this.#health.failed(error);
      hasFailed = true;
    }
    if (this.#stage !== 'new') return;
    this.#stage = 'running';
    this.#writes.start(hasFailed);
  }

  async #openStorage(): Promise<void> {
    const { lost, warnings = [] } = await this.#storage.open(this.#opening);
    this.#isStorageOpen = true;
    this.#lost = lost;
    for (const warning of warnings) this.#log.warn({ warning }, 'a warning of the storage');
    if (lost > 0) this.#log.warn({ lost }, 'a server has crashed: sessions that were open are closed as lost');
  }

  #worked(): void {
    // Storages of users may have null.
    this.#health.worked(this.#storage.trouble ?? undefined);
  }

  /** Saves a batch. An empty batch checks whether the storage can be written to. */
  async #write(records: readonly SessionRecord[]): Promise<void> {
    this.#health.asked();
    try {
      // Before the first save: sessions that are open in the storage at that moment are not ours.
      if (!this.#isStorageOpen) await this.#openStorage();
      await this.#storage.sessions.save(records);
    } catch (error) {
      // The storage has answered, and works.
      if (isInvalid(error)) this.#worked();
      // At the end the storage is closed while a save may still run.
      else if (this.#stage !== 'finished') this.#health.failed(error);
      throw error;
    }
    this.#saved += records.length;
    this.#worked();
  }

  async #finish(limitMs: number): Promise<void> {
    await this.#writes.finish(limitMs);
    this.#stage = 'finished';
    const why = this.#health.trouble?.detail;
    const left = this.#queue.discard();
    if (left > 0) this.#log.error({ records: left, why }, 'session records could not be saved in time');
    await this.#closeStorage();
  }

  async #closeStorage(): Promise<void> {
    const closed = this.#storage.close().catch((error: unknown) => {
      this.#log.warn({ error: loggable(error) }, 'the storage failed to close');
    });
    if (!(await this.#within(closed, CLOSE_MS))) this.#log.warn({}, 'the storage has not closed in time');
  }

  /** Resolves with whether `event` resolved within the time. */
  #within(event: Promise<void>, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => resolve(false), ms);
      void event.then(() => {
        this.#clock.clearTimeout(timer);
        resolve(true);
      });
    });
  }
}

/** Whether an error passes by itself. */
function isPassing(error: unknown): boolean {
  if (isA(UnknownNodesError, error)) return true;
  return isA(StorageError, error) && PASSING_PROBLEMS.includes((error as StorageError).problem);
}
