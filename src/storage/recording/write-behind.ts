import type { Clock } from '../../clock.ts';
import { isA } from '../../errors.ts';
import { StorageError } from '../storage.ts';

/** Items that wait to be written. */
export interface WriteQueue<Item> {
  /** Number of items that wait, including those that are being written. */
  readonly size: number;
  /** Takes the next items to write; `restore` must follow. */
  take(limit: number): readonly Item[];
  /** Lets go of taken items: they are written, or can never be. */
  settle(items: readonly Item[]): void;
  /** Ends a `take`: the items that are not settled wait again in their old places. */
  restore(): void;
}

export interface WriteBehindParts<Item> {
  readonly queue: WriteQueue<Item>;
  readonly clock: Clock;
  /**
   * Writes all of these or, when it rejects, none. The same items may come again, also when they were written before.
   */
  write(items: readonly Item[]): Promise<void>;
  /** An item can never be written. It is let go of. */
  refused(item: Item, why: StorageError): void;
}

/** Items of one write. */
export const BATCH_LIMIT = 1_000;
/** Items within this time share a transaction, and so one wait for the disk. */
const GATHER_MS = 100;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
/** Time between two tries at the end. */
const FINAL_RETRY_MS = 100;

/**
 * Writes what waits in a queue: many items at once, one write at a time. After a failure it tries again until it
 * succeeds. An item that can never be written is found, and the others do not wait for it. Whoever adds an item does not
 * wait, either. There is never more than one timer.
 */
export class WriteBehind<Item> {
  readonly #parts: WriteBehindParts<Item>;
  #stage: 'new' | 'running' | 'finishing' | 'finished' = 'new';
  #timer: unknown;
  #isWriting = false;
  /** Time to wait before the next try: longer with each failure. undefined: the last write has succeeded. */
  #retryMs: number | undefined;
  #emptied: () => void = () => {};

  constructor(parts: WriteBehindParts<Item>) {
    this.#parts = parts;
  }

  /** @param hasFailed Whether something before the first write has failed: it is tried again also with nothing to write. */
  start(hasFailed = false): void {
    if (this.#stage !== 'new') return;
    this.#stage = 'running';
    if (hasFailed) this.#failed();
    this.#continue();
  }

  /** Schedules a write: an item has been added. */
  wake(): void {
    if (this.#isAtWork || (this.#stage !== 'running' && this.#stage !== 'finishing')) return;
    this.#timer = this.#parts.clock.setTimeout(() => void this.#write(), this.#delayMs());
  }

  /** Writes at once, even nothing: that finds out whether a write succeeds. Does nothing while one is under way. */
  flush(): void {
    if (this.#stage === 'running' && !this.#isAtWork) void this.#write();
  }

  /** Writes as much as it can within the time, and nothing after it. */
  async finish(limitMs: number): Promise<void> {
    if (this.#stage === 'running' && this.#parts.queue.size > 0) await this.#empty(limitMs);
    this.#stage = 'finished';
    this.#clearTimer();
  }

  get #isAtWork(): boolean {
    return this.#timer !== undefined || this.#isWriting;
  }

  async #write(): Promise<void> {
    const { queue } = this.#parts;
    this.#timer = undefined;
    this.#isWriting = true;
    try {
      await this.#writeAll(queue.take(BATCH_LIMIT));
      this.#retryMs = undefined;
    } catch {
      // Whoever gave `write` has seen the error.
      this.#failed();
    }
    queue.restore();
    this.#isWriting = false;
    this.#continue();
  }

  /** Halves what is refused, until the refused item is alone. */
  async #writeAll(items: readonly Item[]): Promise<void> {
    const { queue, write, refused } = this.#parts;
    try {
      await write(items);
      queue.settle(items);
    } catch (error) {
      const [first] = items;
      if (first === undefined || !isInvalid(error)) throw error;
      if (items.length === 1) {
        refused(first, error);
        queue.settle(items);
        return;
      }
      const middle = Math.ceil(items.length / 2);
      await this.#writeAll(items.slice(0, middle));
      await this.#writeAll(items.slice(middle));
    }
  }

  #failed(): void {
    this.#retryMs = this.#retryMs === undefined ? FIRST_RETRY_MS : Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #continue(): void {
    const { queue } = this.#parts;
    if (queue.size > 0 || (this.#retryMs !== undefined && this.#stage === 'running')) this.wake();
    if (queue.size === 0) this.#emptied();
  }

  #delayMs(): number {
    if (this.#stage === 'finishing') return this.#retryMs === undefined ? 0 : FINAL_RETRY_MS;
    if (this.#retryMs !== undefined) return this.#retryMs;
    return this.#parts.queue.size >= BATCH_LIMIT ? 0 : GATHER_MS;
  }

  /** Resolves when the queue is empty, or the time is over. */
  #empty(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const { clock } = this.#parts;
      const timer = clock.setTimeout(resolve, limitMs);
      this.#emptied = () => {
        clock.clearTimeout(timer);
        resolve();
      };
      this.#stage = 'finishing';
      this.#clearTimer();
      this.wake();
    });
  }

  #clearTimer(): void {
    this.#parts.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Whether an error says that a write was refused for one of its values. */
export function isInvalid(error: unknown): error is StorageError {
  return isA(StorageError, error) && (error as StorageError).problem === 'invalid';
}
