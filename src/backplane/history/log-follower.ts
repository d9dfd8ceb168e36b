import type { HistoryOptions } from '../../hub/history-options.ts';
import type { Position } from '../../protocol/position.ts';
import type { LogEntry, LogPage, LogQuery, LogState, LogTop, Removed } from '../log-store.ts';
import { EarlyEntries } from './early-entries.ts';
import { type CacheShelf, EntryCache, MOST_CACHED } from './entry-cache.ts';
import { HandOnWaiters } from './hand-on-waiters.ts';
import { Readings } from './readings.ts';
import { SeenPositions } from './seen-positions.ts';

export interface FollowerParts {
  readonly options: HistoryOptions;
  readonly shelf: CacheShelf;
  /** Rejects when the backplane cannot be reached. */
  read(query: LogQuery): Promise<LogPage>;
  /** Delivers a message to the members on this node. Never throws. @returns as `CommitObserver.committed`. */
  deliver(entry: LogEntry, epoch: string): number;
  /** Messages were lost, and cannot be read any more. */
  lost(): void;
  /** Reading has failed, where nobody waits for it. */
  failed(error: unknown): void;
}

/** Entries that are read at once. */
const PAGE = 500;

/**
 * Follows the log of one group on one node: hands on each of its entries once, in order. What is missing is read. It
 * keeps the newest ones.
 */
export class LogFollower {
  readonly cache: EntryCache;
  readonly seen = new SeenPositions();
  readonly #parts: FollowerParts;
  /** The log, as far as it was handed on. undefined: nothing is known yet. */
  #top: LogTop | undefined;
  /** Moment of the entry that was handed on last, by the clock of the store. */
  #latestAt = 0;
  readonly #early = new EarlyEntries();
  readonly #waiters = new HandOnWaiters();
  readonly #readings = new Readings(
    () => this.#readAll(),
    () => this.suspend(),
  );

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.cache = new EntryCache(parts.shelf);
  }

  /** undefined: nothing is known yet. */
  get top(): LogTop | undefined {
    return this.#top;
  }

  /** Whether more may have been added than is known of. */
  get isBehind(): boolean {
    return this.#readings.isBehind;
  }

  /** Whether everything that is known of has been handed on. */
  get isSettled(): boolean {
    return this.#waiters.size === 0 && !this.#readings.isRunning;
  }

  get state(): LogState {
    return { ...this.#parts.options, seen: this.seen.all };
  }

  /** An entry was added. It may be told twice. Nothing that was added before the first one need be handed on. */
  appended(entry: LogEntry, top: LogTop): void {
    if (this.#top === undefined) this.#beginAt({ ...top, last: entry.offset - 1 }, entry.at);
    this.seen.saw({ epoch: top.epoch, offset: entry.offset });
    const now = this.#known;
    if (this.#wasHandedOn({ epoch: top.epoch, offset: entry.offset })) return;
    if (now.epoch === top.epoch && entry.offset === now.last + 1) {
      this.#handOn(entry, top.removals);
      this.#handOnEarly();
      return;
    }
    this.#early.add(entry, top);
    this.#catchUpAlone();
  }

  removed({ offset }: Removed, { epoch, removals }: LogTop): void {
    const now = this.#top;
    this.#early.empty(offset);
    if (now === undefined || now.epoch !== epoch || removals <= now.removals) return;
    if (removals === now.removals + 1) this.cache.empty(offset);
    else this.cache.clear();
    this.#top = { ...now, removals };
  }

  /** A node tells how far the log has gone. */
  announced({ epoch, last, removals }: Omit<LogTop, 'base'>): void {
    const now = this.#top;
    if (now === undefined || this.seen.isPast(epoch)) return;
    if (epoch === now.epoch && last <= now.last && removals <= now.removals) return;
    this.seen.saw({ epoch, offset: last });
    this.#catchUpAlone();
  }

  /** Reads what is missing. Resolves when everything was handed on that was there at the call, or rejects. */
  catchUp(): Promise<void> {
    return this.#readings.begin();
  }

  /** Resolves with the slices of an entry when it was handed on, or when that is not to be expected any more. */
  whenHandedOn(position: Position): Promise<number> | undefined {
    return this.#wasHandedOn(position) ? undefined : this.#waiters.wait(position);
  }

  /** Once for each beacon: reads what has not come by itself, and what could not be read before. */
  beat(): void {
    const isLate = this.#waiters.beat() || !this.#early.isEmpty;
    if (isLate && !this.#readings.isRunning) this.#catchUpAlone();
  }

  /** What is missing cannot be read now: nobody waits for what may take long. */
  suspend(): void {
    this.#readings.missed();
    this.#waiters.giveUp();
  }

  dispose(): void {
    this.suspend();
    this.cache.clear();
    this.#early.clear();
  }

  #catchUpAlone(): void {
    this.catchUp().catch((error: unknown) => this.#parts.failed(error));
  }

  async #readAll(): Promise<void> {
    if (!this.#readings.hasRead) {
      this.#early.beginReading();
      const page = await this.#parts.read({ ...this.state, before: undefined, limit: MOST_CACHED });
      if (this.#begin(page)) return;
    }
    for (;;) {
      const notBrought = this.#early.beginReading();
      const after = this.#known.last;
      const page = await this.#parts.read({ ...this.state, after, limit: PAGE, isWhole: false });
      if (!this.#take(page)) continue;
      notBrought();
      if (this.#early.isEmpty && this.#known.last >= page.last) return;
    }
  }

  /** Begins behind the newest entry, unless one was told already. @returns whether there is nothing to read any more. */
  #begin({ epoch, base, last, removals, at, entries }: LogPage): boolean {
    if (this.#top === undefined) this.#beginAt({ epoch, base, last, removals }, at);
    this.seen.saw({ epoch, offset: last });
    const isPresent = this.#known.epoch === epoch;
    if (isPresent && this.#known.removals === removals)
      this.cache.prepend(entries.filter(({ offset }) => offset <= this.#known.last));
    // What is added since the log is followed will be told, unless something was missed.
    return isPresent && this.#early.isEmpty && !this.#readings.hasMissed;
  }

  /** @param top The log, as far as nothing of it has to be handed on. */
  #beginAt(top: LogTop, at: number): void {
    this.seen.begin({ epoch: top.epoch, offset: top.last });
    this.#top = top;
    this.#latestAt = at;
    // They were added before this node has followed the log.
    this.#waiters.skipped({ epoch: top.epoch, offset: top.last });
  }

  /** @returns whether it was the last page of its epoch. */
  #take(page: LogPage): boolean {
    this.seen.saw({ epoch: page.epoch, offset: page.last });
    if (page.epoch !== this.#known.epoch) {
      this.#beginEpoch(page);
      return false;
    }
    if (page.removals > this.#known.removals) {
      this.cache.clear();
      this.#top = { ...this.#known, removals: page.removals };
    }
    for (const entry of page.entries) this.#handOnNext(entry);
    const isEnd = page.entries.length < PAGE;
    if (isEnd) this.#skipTo(page.last);
    this.#handOnEarly();
    return isEnd;
  }

  /** What this node has not handed on of the epoch before is lost, unless the log was forgotten because of its age. */
  #beginEpoch({ epoch, base, last, removals, at }: LogPage): void {
    this.seen.begin({ epoch, offset: last });
    const isForgotten = at - this.#latestAt >= 2 * this.#parts.options.ttlMs;
    this.cache.clear();
    this.#top = { epoch, base, last: base, removals };
    this.#waiters.giveUp(epoch);
    if (!isForgotten) this.#parts.lost();
  }

  #handOnEarly(): void {
    while (!this.#early.isEmpty) {
      const { epoch, last } = this.#known;
      const next = this.#early.takeNext(epoch, last, (other) => this.seen.isPast(other));
      if (next === undefined) break;
      this.#handOn(next.entry, next.top.removals);
    }
    if (!this.#early.isEmpty && !this.#readings.isRunning) this.#catchUpAlone();
  }

  /** Hands on an entry that was read, unless it was before. Those between are not kept any more. */
  #handOnNext(entry: LogEntry): void {
    if (entry.offset <= this.#known.last) return;
    this.#skipTo(entry.offset - 1);
    this.#handOn(entry, this.#known.removals);
  }

  #skipTo(offset: number): void {
    if (offset <= this.#known.last) return;
    this.cache.clear();
    this.#top = { ...this.#known, last: offset };
    this.#waiters.skipped({ epoch: this.#known.epoch, offset });
    this.#parts.lost();
  }

  #handOn(entry: LogEntry, removals: number): void {
    const now = this.#known;
    // A removal was not told: nobody knows which message is not kept any more.
    if (removals > now.removals) this.cache.clear();
    this.#top = { ...now, last: entry.offset, removals: Math.max(removals, now.removals) };
    this.#latestAt = entry.at;
    this.cache.push(entry);
    // It was told before a removal that is known already, perhaps of this message.
    if (removals < now.removals) this.cache.clear();
    const slices = this.#parts.deliver(entry, now.epoch);
    if (this.#waiters.size > 0) this.#waiters.handedOn({ epoch: now.epoch, offset: entry.offset }, slices);
  }

  /** Whether an entry was handed on, or never will be. */
  #wasHandedOn({ epoch, offset }: Position): boolean {
    const now = this.#top;
    return now !== undefined && (now.epoch === epoch ? offset <= now.last : this.seen.isPast(epoch));
  }

  get #known(): LogTop {
    return this.#top as LogTop;
  }
}
