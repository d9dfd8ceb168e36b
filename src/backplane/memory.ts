import type { Clock } from '../clock.ts';
import { promised } from '../promises.ts';
import {
  type Backplane,
  BackplaneError,
  type BackplaneEvents,
  type Lease,
  type Published,
  type RenewedLease,
  type TakenTokens,
  type TokenRate,
} from './backplane.ts';
import type { LogStore } from './log-store.ts';
import { MemoryBackplaneLogs } from './memory/memory-backplane-logs.ts';
import { MemoryConnection } from './memory/memory-connection.ts';
import { MemoryExchange } from './memory/memory-exchange.ts';
import { presenceStoreOver } from './memory/memory-presences.ts';
import type { PresenceStore } from './presence/presence-store.ts';

/** What a backplane is while it is in use. */
interface Opened {
  readonly exchange: MemoryExchange;
  readonly events: BackplaneEvents;
  connection: MemoryConnection;
}

/**
 * A backplane for servers of one process, as in tests: those that use the same name share it. Messages arrive in another
 * turn of the event loop. All durations go by the clock.
 */
export class MemoryBackplane implements Backplane {
  readonly logs: LogStore = new MemoryBackplaneLogs((work) => this.#ask(work));
  readonly presence: PresenceStore = presenceStoreOver((work) => this.#ask(({ exchange }) => work(exchange.presences)));
  readonly #name: string;
  readonly #clock: Clock;
  #opened: Opened | undefined;

  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
  }

  open(events: BackplaneEvents): void {
    const exchange = MemoryExchange.use(this.#name, this.#clock);
    this.#opened = { exchange, events, connection: new MemoryConnection(exchange, events) };
  }

  reconnect(): void {
    const opened = this.#opened;
    if (opened?.connection.isOpen !== true) return;
    opened.connection.cut();
    setImmediate(() => {
      if (this.#opened !== opened) return;
      opened.connection = new MemoryConnection(opened.exchange, opened.events);
      opened.events.lost(new BackplaneError('unreachable', `The connection to memory:${this.#name} is made anew.`));
    });
  }

  publish(messages: readonly Published[]): Promise<void> {
    return this.#ask(({ exchange }) => exchange.publish(messages));
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#ask(({ connection }) => connection.subscribe(channels));
  }

  unsubscribe(channels: readonly string[]): void {
    this.#opened?.connection.unsubscribe(channels);
  }

  renewLease(lease: Lease): Promise<RenewedLease> {
    return this.#ask(({ exchange }) => exchange.leases.renew(lease));
  }

  releaseLease(lease: Pick<Lease, 'nodeId' | 'bootId'>): Promise<void> {
    return this.#ask(({ exchange }) => exchange.leases.release(lease));
  }

  takeTurn(name: string, ms: number): Promise<boolean> {
    return this.#ask(({ exchange: { turns } }) => {
      if (turns.get(name) !== undefined) return false;
      turns.set(name, true, ms);
      return true;
    });
  }

  takeTokens(bucket: string, rate: TokenRate, count: number): Promise<TakenTokens> {
    return this.#ask(({ exchange }) => exchange.buckets.take(bucket, rate, count));
  }

  async close(): Promise<void> {
    this.#opened?.connection.cut();
    this.#opened?.exchange.leave();
    this.#opened = undefined;
  }

  #ask<T>(work: (opened: Opened) => T): Promise<T> {
    return promised(() => {
      if (this.#opened?.connection.isOpen === true) return work(this.#opened);
      throw new BackplaneError('closed', `The backplane memory:${this.#name} is not open.`);
    });
  }
}
