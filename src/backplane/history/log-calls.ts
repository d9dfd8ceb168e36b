import { BackplaneError } from '../backplane.ts';
import type { SentLogs } from '../link/sent-logs.ts';
import type { Appended, LogPage, LogQuery, LogState, LogStore, NewEntry } from '../log-store.ts';
import { MAXIMUM_ENVELOPE_BYTES } from '../wire/envelope.ts';

export interface LogCallsParts {
  readonly store: LogStore;
  readonly sentLogs: SentLogs;
  isLinked(): boolean;
  /** Publishes what was sent before: an entry must not overtake it. */
  flush(): void;
}

/** Entries that this node wanted to add. */
export interface LogCounts {
  readonly appended: number;
  /** Those whose messages were there before. */
  readonly duplicates: number;
  /** Those that the store has not taken, or has not answered. */
  readonly rejected: number;
}

/** Bytes of one entry, and of all that wait for the store. */
const MOST_BYTES = MAXIMUM_ENVELOPE_BYTES / 2;
const MOST_WAITING_BYTES = 32 * 1_024 * 1_024;

/** What this node asks of the logs of all hubs. Everything rejects with a `BackplaneError`, also without a link. */
export class LogCalls {
  readonly #parts: LogCallsParts;
  /** Bytes of entries that the store has not answered. */
  #waitingBytes = 0;
  readonly #counts = { appended: 0, duplicates: 0, rejected: 0 };

  constructor(parts: LogCallsParts) {
    this.#parts = parts;
  }

  get counts(): LogCounts {
    return { ...this.#counts };
  }

  /**
   * Adds an entry. This node's follower of the log gets it when it is told, as all others: what was sent to this node
   * before comes before it.
   */
  async append(log: string, entry: NewEntry): Promise<Appended> {
    const appended = await this.#stored(log, entry);
    if (appended.top === undefined) this.#counts.duplicates += 1;
    else {
      this.#counts.appended += 1;
      this.#parts.sentLogs.changed(log, appended.top);
    }
    return appended;
  }

  async read(log: string, query: LogQuery): Promise<LogPage> {
    this.#checkLink();
    return this.#parts.store.read(log, query);
  }

  /** @returns whether there was something to remove. */
  async remove(log: string, messageId: string, state: LogState): Promise<boolean> {
    this.#checkLink();
    this.#parts.flush();
    const top = await this.#parts.store.remove(log, messageId, state);
    if (top === undefined) return false;
    this.#parts.sentLogs.changed(log, top);
    return true;
  }

  async #stored(log: string, entry: NewEntry): Promise<Appended> {
    const { length } = entry.bytes;
    try {
      this.#checkLink();
      this.#checkRoom(length);
      this.#parts.flush();
      this.#waitingBytes += length;
      return await this.#parts.store.append(log, entry).finally(() => {
        this.#waitingBytes -= length;
      });
    } catch (error) {
      this.#counts.rejected += 1;
      throw error;
    }
  }

  /** @throws {BackplaneError} when a message is too long, or too much waits already. */
  #checkRoom(bytes: number): void {
    if (bytes > MOST_BYTES)
      throw new BackplaneError('refused', `It has ${bytes} bytes, and a history takes at most ${MOST_BYTES}.`);
    if (this.#waitingBytes + bytes > MOST_WAITING_BYTES)
      throw new BackplaneError(
        'unreachable',
        `${this.#waitingBytes} bytes of messages wait for the backplane already.`,
      );
  }

  #checkLink(): void {
    if (!this.#parts.isLinked()) throw new BackplaneError('closed', 'The link to the other nodes does not work now.');
  }
}
