import type { Position } from '../protocol/position.ts';

/**
 * Port of the logs of a backplane: a log keeps the newest messages of one group for all nodes, in one order. Its entries
 * are numbered from 1, without holes. It knows no hub and no message. `testing/logs-contract.ts` tests what has to hold.
 *
 * The numbers belong to an epoch. A new one begins when the log does not know how far the numbers have gone: its data
 * were lost, or an older state of them was restored. Numbers go on from what is there.
 */
export interface LogStore {
  /** Adds an entry, and tells all who follow the log (`appended`). The order of entries is that of the calls of a node. */
  append(log: string, entry: NewEntry): Promise<Appended>;
  read(log: string, query: LogQuery): Promise<LogPage>;
  /**
   * Empties the entry of a message; its number stays. Tells all who follow the log (`removed`).
   *
   * @returns the log after it; undefined: no entry that is kept has this id.
   */
  remove(log: string, messageId: string, at: LogState): Promise<LogTop | undefined>;
  /**
   * Follows logs. Resolves when each entry that is added from now on will be told. This is gone when the connection is
   * lost.
   */
  follow(logs: readonly string[]): Promise<void>;
  /** Ends that. Entries that are on their way may still come. Never throws. */
  unfollow(logs: readonly string[]): void;
  /** Resolves with the reasons for which this place may lose entries, as one line each that a person can act on. */
  hazards(): Promise<readonly string[]>;
}

/** What a node knows of a log, for every call. */
export interface LogState {
  /** Number of entries that are kept. */
  readonly size: number;
  /** Milliseconds for which an entry is kept. The log itself, its epoch and number, is kept twice as long. */
  readonly ttlMs: number;
  /** Positions that the node has seen. When the log has not come so far in one of these epochs, a new one begins. */
  readonly seen: readonly Position[];
}

export interface NewEntry extends LogState {
  /** Not empty. */
  readonly bytes: Uint8Array;
  /**
   * An entry with the id of one that was added less than five minutes ago is not added. undefined: it has none.
   */
  readonly messageId: string | undefined;
}

export interface Appended {
  /** Position of the entry, or of the earlier one with its id. */
  readonly position: Position;
  /** Moment at which it was added, by the clock of the store, in milliseconds since 1970. */
  readonly at: number;
  /** The log right after it. undefined: the message was there already, and was not added. */
  readonly top: LogTop | undefined;
}

/** Entries to read: the first `limit` behind a number, or the last `limit` before one. */
export type LogQuery = LogState & { readonly limit: number } & (
    | {
        /** A number, or the id of a message that is kept. */
        readonly after: number | { readonly messageId: string };
        /** Whether nothing is wanted unless `limit` is enough for all. */
        readonly isWhole: boolean;
      }
    | { /** undefined: the newest. */ readonly before: number | undefined }
  );

/** A log at a moment. */
export interface LogTop {
  readonly epoch: string;
  /** Number from which the epoch goes on: entries up to it were added before. */
  readonly base: number;
  /** Number of the newest entry; 0: there has been none. */
  readonly last: number;
  /** Number of removals in this epoch. */
  readonly removals: number;
}

export interface LogPage extends LogTop {
  /** The moment, by the clock of the store, in milliseconds since 1970. */
  readonly at: number;
  /** Number behind which was read. undefined: the message is not kept, or it was read from the end. */
  readonly after: number | undefined;
  /** In the order of their numbers. Those that are not kept any more are left out. */
  readonly entries: readonly LogEntry[];
}

export interface LogEntry {
  readonly offset: number;
  /** As in `Appended`. */
  readonly at: number;
  readonly messageId: string | undefined;
  /** undefined: its message was removed. */
  readonly bytes: Uint8Array | undefined;
}

/** Callbacks of the logs that a node follows. They come as other callbacks of a backplane. */
export interface LogEvents {
  /** An entry was added by any node, this one too. @param top The log right after it. */
  appended(log: string, entry: LogEntry, top: LogTop): void;
  removed(log: string, removed: Removed, top: LogTop): void;
}

export interface Removed {
  readonly offset: number;
  readonly messageId: string;
}

/** Milliseconds for which the ids of messages are known, so that a repeated one is not added. */
export const KNOWN_ID_MS = 300_000;
