import { nanoid } from 'nanoid';
import type { Moments } from '../../clock.ts';
import type { Position } from '../../protocol/position.ts';
import type { LogState, LogTop } from '../log-store.ts';

/** An entry of a log in memory. C: its content. */
export interface MemoryEntry<C> {
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly messageId: string | undefined;
  /** undefined: its message was removed. */
  readonly content: C | undefined;
}

interface Kept<C> extends MemoryEntry<C> {
  /** The moment by `Clock.now`. */
  readonly addedAt: number;
}

const EPOCH_LENGTH = 8;

/** One log in memory: the newest entries under their numbers. */
export class MemoryLog<C> {
  readonly #clock: Moments;
  #epoch = nanoid(EPOCH_LENGTH);
  #base = 0;
  #last = 0;
  #removals = 0;
  /** By number, the oldest in front. Without holes. */
  #entries = new Map<number, Kept<C>>();
  /** Numbers of the entries, by the ids of their messages. */
  #numbers = new Map<string, number>();

  constructor(clock: Moments) {
    this.#clock = clock;
  }

  get top(): LogTop {
    return { epoch: this.#epoch, base: this.#base, last: this.#last, removals: this.#removals };
  }

  /** Begins a new epoch when the log has not come as far as somebody has seen. */
  check(seen: readonly Position[]): void {
    if (!seen.some(({ epoch, offset }) => epoch === this.#epoch && offset > this.#last)) return;
    this.#epoch = nanoid(EPOCH_LENGTH);
    this.#base = this.#last;
    this.#removals = 0;
  }

  append(content: C, messageId: string | undefined, state: LogState): MemoryEntry<C> {
    this.#last += 1;
    const at = this.#clock.wallNow();
    const entry = { offset: this.#last, at, messageId, content, addedAt: this.#clock.now() };
    this.#entries.set(entry.offset, entry);
    if (messageId !== undefined) this.#numbers.set(messageId, entry.offset);
    this.#trim(state);
    return entry;
  }

  /** @returns the entry as it is now; undefined: there is none. */
  remove(messageId: string, state: LogState): MemoryEntry<C> | undefined {
    this.#trim(state);
    const entry = this.#entries.get(this.#numbers.get(messageId) ?? 0);
    if (entry === undefined) return undefined;
    const emptied = { ...entry, content: undefined };
    this.#entries.set(entry.offset, emptied);
    this.#numbers.delete(messageId);
    this.#removals += 1;
    return emptied;
  }

  /** The number of a message; undefined: it is not kept. */
  numberOf(messageId: string, state: LogState): number | undefined {
    this.#trim(state);
    return this.#numbers.get(messageId);
  }

  /** The first entries behind a number that are kept, in their order. */
  behind(offset: number, limit: number, state: LogState): MemoryEntry<C>[] {
    this.#trim(state);
    const first = Math.max(offset + 1, this.#first);
    return this.between(first, first + limit - 1, state);
  }

  /** The entries with numbers from `first` up to `last` that are kept, in their order. */
  between(first: number, last: number, state: LogState): MemoryEntry<C>[] {
    this.#trim(state);
    const entries: MemoryEntry<C>[] = [];
    for (let offset = Math.max(first, this.#first); offset <= Math.min(last, this.#last); offset++) {
      const entry = this.#entries.get(offset);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  /** A copy, as a snapshot that may be restored. */
  copy(): MemoryLog<C> {
    const copy = new MemoryLog<C>(this.#clock);
    copy.#epoch = this.#epoch;
    copy.#base = this.#base;
    copy.#last = this.#last;
    copy.#removals = this.#removals;
    copy.#entries = new Map(this.#entries);
    copy.#numbers = new Map(this.#numbers);
    return copy;
  }

  get #first(): number {
    return this.#last - this.#entries.size + 1;
  }

  /** Removes what is not kept any more from the front. */
  #trim({ size, ttlMs }: LogState): void {
    const oldest = this.#clock.now() - ttlMs;
    for (const [offset, { messageId, addedAt }] of this.#entries) {
      if (offset > this.#last - size && addedAt > oldest) return;
      this.#entries.delete(offset);
      if (messageId !== undefined && this.#numbers.get(messageId) === offset) this.#numbers.delete(messageId);
    }
  }
}
