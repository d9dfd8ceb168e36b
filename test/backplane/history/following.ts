import { CacheShelf } from '../../../src/backplane/history/entry-cache.ts';
import { LogFollower } from '../../../src/backplane/history/log-follower.ts';
import type { LogEntry, LogPage, LogQuery, LogTop } from '../../../src/backplane/log-store.ts';
import { logEntry, type MemoryByteLogs, MemoryLogs } from '../../../src/backplane/memory/memory-logs.ts';
import type { HistoryOptions } from '../../../src/hub/history-options.ts';
import { type Deferred, defer } from '../../../src/promises.ts';
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts';
import { turnOfTheLoop } from '../../support/memory-server.ts';

const LOG = 'log';

/** What the store has told, and has not come yet. */
type Told =
  | { readonly what: 'appended'; readonly entry: LogEntry; readonly top: LogTop }
  | { readonly what: 'removed'; readonly offset: number; readonly messageId: string; readonly top: LogTop };

/** A follower of one log in memory. The test decides what it is told, and when its readings are answered. */
export class Following {
  readonly clock = new SimulatedClock();
  logs: MemoryByteLogs = new MemoryLogs<Uint8Array>(this.clock);
  readonly shelf = new CacheShelf();
  /** What was handed on: `EPOCH OFFSET`, the epochs by the order in which they were handed on. */
  readonly handedOn: string[] = [];
  readonly failures: unknown[] = [];
  /** Number of times that something was lost. */
  losses = 0;
  readonly follower: LogFollower;
  /** Readings that wait for their answer. undefined: they are answered at once. */
  held: { readonly query: LogQuery; readonly answer: Deferred<void> }[] | undefined;
  reads = 0;
  /** What the follower was not told yet. */
  readonly told: Told[] = [];
  readonly #epochs: string[] = [];
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions = { size: 10, ttlMs: 60_000 }) {
    this.#options = options;
    this.follower = new LogFollower({
      options,
      shelf: this.shelf,
      read: (query) => this.#read(query),
      deliver: ({ offset }, epoch) => {
        this.handedOn.push(`${this.#nameOf(epoch)} ${offset}`);
        return offset;
      },
      lost: () => {
        this.losses += 1;
      },
      failed: (error) => this.failures.push(error),
    });
  }

  /** Somebody adds an entry. @returns its position. */
  append(messageId?: string) {
    const state = { ...this.#options, seen: [] };
    const { added, position, top } = this.logs.append(LOG, new Uint8Array([1]), messageId, state);
    if (added !== undefined && top !== undefined) this.told.push({ what: 'appended', entry: logEntry(added), top });
    return position;
  }

  /** Somebody removes a message. */
  remove(messageId: string): void {
    const state = { ...this.#options, seen: [] };
    const removed = this.logs.remove(LOG, messageId, state);
    const top = this.logs.top(LOG, state);
    if (removed !== undefined) this.told.push({ what: 'removed', offset: removed.offset, messageId, top });
  }

  /** Tells what has been told first, or at another place. */
  tell(at = 0): void {
    const [one] = this.told.splice(at, 1);
    if (one !== undefined) this.#tell(one);
  }

  /** Tells it, and keeps it to be told again. */
  tellTwice(at = 0): void {
    const one = this.told[at];
    if (one !== undefined) this.#tell(one);
  }

  /** Answers the oldest reading that waits. @param error Refuses it. */
  async answer(error?: Error): Promise<void> {
    const reading = this.held?.shift();
    if (error === undefined) reading?.answer.resolve();
    else reading?.answer.reject(error);
    await turnOfTheLoop();
  }

  get top(): LogTop {
    return this.logs.top(LOG, { ...this.#options, seen: [] });
  }

  #tell(one: Told): void {
    if (one.what === 'appended') this.follower.appended(one.entry, one.top);
    else this.follower.removed({ offset: one.offset, messageId: one.messageId }, one.top);
  }

  async #read(query: LogQuery): Promise<LogPage> {
    this.reads += 1;
    if (this.held !== undefined) {
      const answer = defer();
      this.held.push({ query, answer });
      await answer.promise;
    }
    const page = this.logs.read(LOG, query);
    return { ...page, entries: page.entries.map(logEntry) };
  }

  #nameOf(epoch: string): string {
    if (!this.#epochs.includes(epoch)) this.#epochs.push(epoch);
    return 'abcdefgh'[this.#epochs.indexOf(epoch)] as string;
  }
}

/** A follower that knows where the log stands. */
export async function following(entries = 0, options?: HistoryOptions): Promise<Following> {
  const some = new Following(options);
  for (let at = 0; at < entries; at++) some.append();
  some.told.splice(0);
  await some.follower.catchUp();
  return some;
}

/** Numbers of the entries that a follower keeps; below zero: its message was removed. */
export function keptNumbers({ follower }: Following, first: number, last: number): readonly number[] | undefined {
  return follower.cache.between(first, last)?.map(({ offset, bytes }) => (bytes === undefined ? -offset : offset));
}
