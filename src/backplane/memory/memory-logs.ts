import type { Moments } from '../../clock.ts';
import {
  type Appended,
  KNOWN_ID_MS,
  type LogEntry,
  type LogPage,
  type LogQuery,
  type LogState,
  type LogTop,
  type NewEntry,
} from '../log-store.ts';
import { ExpiringMap } from './expiring-map.ts';
import { type MemoryEntry, MemoryLog } from './memory-log.ts';

/** Outcome of `append`. `added` is absent for a repeated message. */
export interface MemoryAppended<C> extends Appended {
  readonly added?: MemoryEntry<C>;
}

/** Logs in memory, by their names. C: content of an entry. One that nobody has used for long is forgotten. */
export class MemoryLogs<C> {
  readonly #clock: Moments;
  #logs: ExpiringMap<MemoryLog<C>>;
  /** Where messages were added, by their logs and ids. */
  #known: ExpiringMap<Appended>;

  constructor(clock: Moments) {
    this.#clock = clock;
    this.#logs = new ExpiringMap(clock);
    this.#known = new ExpiringMap(clock);
  }

  append(log: string, content: C, messageId: string | undefined, state: LogState): MemoryAppended<C> {
    const one = this.#use(log, state);
    const key = messageId === undefined ? undefined : JSON.stringify([log, messageId]);
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return { ...known, top: undefined };
    this.#logs.set(log, one, 2 * state.ttlMs);
    const added = one.append(content, messageId, state);
    const { top } = one;
    const appended = { position: { epoch: top.epoch, offset: added.offset }, at: added.at, top };
    if (key !== undefined) this.#known.set(key, appended, KNOWN_ID_MS);
    return { ...appended, added };
  }

  remove(log: string, messageId: string, state: LogState): MemoryEntry<C> | undefined {
    return this.#use(log, state).remove(messageId, state);
  }

  top(log: string, state: LogState): LogTop {
    return this.#use(log, state).top;
  }

  /** As `LogStore.read`. */
  read(log: string, query: LogQuery): LogTop & Pick<LogPage, 'after' | 'at'> & { readonly entries: MemoryEntry<C>[] } {
    const one = this.#use(log, query);
    const top = { ...one.top, at: this.#clock.wallNow() };
    const { limit } = query;
    if ('before' in query) {
      const last = Math.min(top.last, (query.before ?? Number.POSITIVE_INFINITY) - 1);
      return { ...top, after: undefined, entries: one.between(last - limit + 1, last, query) };
    }
    const after = typeof query.after === 'number' ? query.after : one.numberOf(query.after.messageId, query);
    const isTooMuch = after === undefined || (query.isWhole && top.last - after > limit);
    return { ...top, after, entries: isTooMuch ? [] : one.behind(after, limit, query) };
  }

  /** A copy, as a snapshot that may be restored. Ids of messages are not in it. */
  copy(): MemoryLogs<C> {
    const copy = new MemoryLogs<C>(this.#clock);
    for (const name of this.#logs.keys())
      copy.#logs.set(name, (this.#logs.get(name) as MemoryLog<C>).copy(), this.#logs.remainingMs(name));
    return copy;
  }

  #use(log: string, { ttlMs, seen }: LogState): MemoryLog<C> {
    const known = this.#logs.get(log);
    const one = known ?? new MemoryLog<C>(this.#clock);
    if (known === undefined) this.#logs.set(log, one, 2 * ttlMs);
    one.check(seen);
    return one;
  }
}

/** Logs whose entries are bytes, as those of the port. */
export type MemoryByteLogs = MemoryLogs<Uint8Array>;

export function logEntry({ offset, at, messageId, content: bytes }: MemoryEntry<Uint8Array>): LogEntry {
  return { offset, at, messageId, bytes };
}

/** Adds an entry with a copy of its bytes. */
export function appendBytes(logs: MemoryByteLogs, log: string, entry: NewEntry): MemoryAppended<Uint8Array> {
  return logs.append(log, Uint8Array.from(entry.bytes), entry.messageId, entry);
}
