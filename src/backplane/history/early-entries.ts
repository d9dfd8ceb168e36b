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
  #bytes = 0;
  #hasOverflowed = false;

  /** Whether there are none. Those for which there was no room count, until the next reading begins. */
  get isEmpty(): boolean {
    return this.#entries.length === 0 && !this.#hasOverflowed;
  }

  add(entry: LogEntry, top: LogTop): void {
    if (this.#entries.length >= MOST_EARLY || this.#bytes >= MOST_BYTES) {
      this.#hasOverflowed = true;
      return;
    }
    this.#entries.push({ entry, top });
    this.#bytes += bytesOf(entry);
  }

  /** The message of an entry was removed. */
  empty(offset: number): void {
    this.#keep(
      this.#entries.map((early) =>
        early.entry.offset === offset ? { ...early, entry: { ...early.entry, bytes: undefined } } : early,
      ),
    );
  }

  /**
   * Takes the entry behind a number of an epoch; undefined: it is not here. Lets go of those before it, and of those of
   * epochs that have ended.
   */
  takeNext(epoch: string, last: number, isPast: (epoch: string) => boolean): EarlyEntry | undefined {
    const isOf = ({ top }: EarlyEntry): boolean => top.epoch === epoch;
    const next = this.#entries.find((early) => isOf(early) && early.entry.offset === last + 1);
    this.#keep(
      this.#entries.filter((early) =>
        isOf(early) ? early.entry.offset > last && early !== next : !isPast(early.top.epoch),
      ),
    );
    return next;
  }

  /** A reading begins. @returns a function that lets go of what is here now: the reading has not brought it. */
  beginReading(): () => void {
    const before = new Set(this.#entries);
    this.#hasOverflowed = false;
    return () => this.#keep(this.#entries.filter((early) => !before.has(early)));
  }

  clear(): void {
    this.#keep([]);
    this.#hasOverflowed = false;
  }

  #keep(entries: EarlyEntry[]): void {
    this.#entries = entries;
    this.#bytes = entries.reduce((sum, { entry }) => sum + bytesOf(entry), 0);
  }
}

function bytesOf({ bytes }: LogEntry): number {
  return bytes?.length ?? 0;
}
