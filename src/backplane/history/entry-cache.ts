import type { KeptMessage } from '../../hub/history.ts';
import type { LogEntry } from '../log-store.ts';

/** An entry that is kept, and its message as authors get it, once somebody has asked for it. */
export interface CachedEntry extends LogEntry {
  kept?: KeptMessage;
}

/** Entries of one log that a node keeps, at most. It is the default limit of a recovery. */
export const MOST_CACHED = 300;
/** Bytes of one log, and of all logs of a node. */
const MOST_BYTES = 262_144;
const MOST_BYTES_OF_ALL = 67_108_864;
/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 200;

/** The newest entries of one log, without holes. */
export class EntryCache {
  readonly #shelf: CacheShelf;
  /** By number, the oldest in front. */
  readonly #entries = new Map<number, CachedEntry>();
  #newest = 0;
  #bytes = 0;

  constructor(shelf: CacheShelf) {
    this.#shelf = shelf;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds an entry. When it is not the one behind the newest, those before it are let go of. */
  push(entry: LogEntry): void {
    if (entry.offset !== this.#newest + 1) this.clear();
    this.#newest = entry.offset;
    this.#entries.set(entry.offset, { ...entry });
    this.#count(weightOf(entry));
    while (this.#entries.size > MOST_CACHED || this.#bytes > MOST_BYTES) this.#shift();
    this.#shelf.trim();
  }

  /** Adds older entries, as far as there is no hole before the oldest one. Those that are here already are left out. */
  prepend(older: readonly LogEntry[]): void {
    const here = [...this.#entries.values()];
    const first = here[0]?.offset ?? Number.POSITIVE_INFINITY;
    this.clear();
    for (const entry of older) if (entry.offset < first) this.push(entry);
    for (const entry of here) this.push(entry);
  }

  /** The message of an entry was removed. */
  empty(offset: number): void {
    const entry = this.#entries.get(offset);
    if (entry === undefined) return;
    this.#count(-weightOf(entry));
    const { bytes: _bytes, kept: _kept, ...rest } = entry;
    this.#entries.set(offset, { ...rest, bytes: undefined });
    this.#count(ENTRY_BYTES);
  }

  /** The entries from a number up to another one; undefined: not all are here. */
  between(first: number, last: number): readonly CachedEntry[] | undefined {
    if (first > last) return [];
    if (!(this.#entries.has(first) && this.#entries.has(last))) return undefined;
    this.#shelf.used(this);
    const entries: CachedEntry[] = [];
    for (let offset = first; offset <= last; offset++) entries.push(this.#entries.get(offset) as CachedEntry);
    return entries;
  }

  /** The number of the message with this id; undefined: it is not here. */
  numberOf(messageId: string): number | undefined {
    for (const { offset, messageId: id, bytes } of this.#entries.values())
      if (id === messageId && bytes !== undefined) return offset;
    return undefined;
  }

  clear(): void {
    this.#entries.clear();
    this.#count(-this.#bytes);
    this.#shelf.remove(this);
  }

  #shift(): void {
    for (const [offset, entry] of this.#entries) {
      this.#entries.delete(offset);
      this.#count(-weightOf(entry));
      return;
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#shelf.count(this, bytes);
  }
}

/** Caches of all logs of a node. When they hold too much, those that were not used for the longest time are emptied. */
export class CacheShelf {
  /** The one that was not used for the longest time in front. */
  readonly #caches = new Set<EntryCache>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  count(cache: EntryCache, bytes: number): void {
    this.#caches.add(cache);
    this.#bytes += bytes;
  }

  used(cache: EntryCache): void {
    this.#caches.delete(cache);
    this.#caches.add(cache);
  }

  remove(cache: EntryCache): void {
    this.#caches.delete(cache);
  }

  trim(): void {
    for (const cache of this.#caches) {
      if (this.#bytes <= MOST_BYTES_OF_ALL) return;
      cache.clear();
    }
  }
}

function weightOf({ bytes }: LogEntry): number {
  return ENTRY_BYTES + (bytes?.length ?? 0);
}
