import type { LogEntry, LogTop } from '../log-store.ts';

/** An entry that has come before others, and the log right after it. */
export interface EarlyEntry {
  readonly entry: LogEntry;
  readonly top: LogTop;
}

/** Entries, and their bytes, that may wait until what is missing before them was read. Further ones are read, too. */
const MOST_EARLY = 1_000;
const MOST_BYTES = 8 * 1_024 * 1_024;

/** Entries of one log that have come before others. */
export class EarlyEntries {
  #entries: EarlyEntry[] = [];
  #hasOverflowed = false;

  /** Whether there are none. Those for which there was no room count, until the next reading begins. */
  get isEmpty(): boolean {
    return this.#entries.length === 0 && !this.#hasOverflowed;
  }

  add(entry: LogEntry, top: LogTop): void {
    const bytes = this.#entries.reduce((sum, early) => sum + (early.entry.bytes?.length ?? 0), 0);
    if (this.#entries.length < MOST_EARLY && bytes < MOST_BYTES) this.#entries.push({ entry, top });
    else this.#hasOverflowed = true;
  }

  /** The message of an entry was removed. */
  empty(offset: number): void {
    this.#entries = this.#entries.map((early) =>
      early.entry.offset === offset ? { ...early, entry: { ...early.entry, bytes: undefined } } : early,
    );
  }

  /**
   * Takes the entry behind a number of an epoch; undefined: it is not here. Lets go of those before it, and of those of
   * epochs that have ended.
   */
  takeNext(epoch: string, last: number, isPast: (epoch: string) => boolean): EarlyEntry | undefined {
    const isOf = ({ top }: EarlyEntry): boolean => top.epoch === epoch;
    const next = this.#entries.find((early) => isOf(early) && early.entry.offset === last + 1);
    this.#entries = this.#entries.filter((early) =>
      isOf(early) ? early.entry.offset > last && early !== next : !isPast(early.top.epoch),
    );
    return next;
  }

  /** A reading begins. @returns a function that lets go of what is here now: the reading has not brought it. */
  beginReading(): () => void {
    const before = new Set(this.#entries);
    this.#hasOverflowed = false;
    return () => {
      this.#entries = this.#entries.filter((early) => !before.has(early));
    };
  }

  clear(): void {
    this.#entries = [];
    this.#hasOverflowed = false;
  }
}
