import type { Appended, LogPage, LogQuery, LogState, LogStore, LogTop, NewEntry } from '../log-store.ts';
import type { MemoryConnection } from './memory-connection.ts';
import type { MemoryExchange } from './memory-exchange.ts';
import { appendBytes, logEntry } from './memory-logs.ts';

/** What an open backplane in memory has. */
interface Open {
  readonly exchange: MemoryExchange;
  readonly connection: MemoryConnection;
}

/** Asks the exchange, or rejects when the backplane is not open. */
type Ask = <T>(work: (open: Open) => T) => Promise<T>;

/** The logs of an exchange, as one backplane uses them. */
export class MemoryBackplaneLogs implements LogStore {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  append(log: string, entry: NewEntry): Promise<Appended> {
    return this.#ask(({ exchange }) => {
      const { added, ...appended } = appendBytes(exchange.logs, log, entry);
      const { top } = appended;
      if (added !== undefined && top !== undefined)
        exchange.tell(log, (events) => events.appended(log, logEntry(added), top));
      return appended;
    });
  }

  read(log: string, query: LogQuery): Promise<LogPage> {
    return this.#ask(({ exchange }) => {
      const page = exchange.logs.read(log, query);
      return { ...page, entries: page.entries.map(logEntry) };
    });
  }

  remove(log: string, messageId: string, state: LogState): Promise<LogTop | undefined> {
    return this.#ask(({ exchange }) => {
      const removed = exchange.logs.remove(log, messageId, state);
      if (removed === undefined) return undefined;
      const top = exchange.logs.top(log, state);
      exchange.tell(log, (events) => events.removed(log, { offset: removed.offset, messageId }, top));
      return top;
    });
  }

  follow(logs: readonly string[]): Promise<void> {
    return this.#ask(({ connection }) => connection.follow(logs));
  }

  unfollow(logs: readonly string[]): void {
    // Without a connection there is nothing to end.
    this.#ask(({ connection }) => connection.unfollow(logs)).catch(() => {});
  }

  hazards(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
}
