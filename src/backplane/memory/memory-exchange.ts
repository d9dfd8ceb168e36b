import type { Clock } from '../../clock.ts';
import type { BackplaneEvents, Published } from '../backplane.ts';
import { ExpiringMap } from './expiring-map.ts';
import { MemoryBuckets } from './memory-buckets.ts';
import { MemoryLeases } from './memory-leases.ts';
import { type MemoryByteLogs, MemoryLogs } from './memory-logs.ts';
import { MemoryPresences } from './memory-presences.ts';
import { type Receiver, Subscribers } from './subscribers.ts';

interface Delivery {
  readonly receivers: readonly Receiver[];
  readonly tell: (events: BackplaneEvents) => void;
}

/** Exchanges that are in use, by their names. */
const exchanges = new Map<string, MemoryExchange>();

/** What servers of one process share that use the same name. Its time is that of its first user. */
export class MemoryExchange {
  readonly leases: MemoryLeases;
  readonly buckets: MemoryBuckets;
  readonly presences: MemoryPresences;
  /** Turns that have been taken, by their names. */
  readonly turns: ExpiringMap<true>;
  readonly logs: MemoryByteLogs;
  /** Those who have subscribed to channels, and those who follow logs. */
  readonly channels = new Subscribers();
  readonly followers = new Subscribers();
  readonly #name: string;
  /** Events that arrive in the next turn of the event loop. */
  #deliveries: Delivery[] = [];
  #users = 0;

  private constructor(name: string, clock: Clock) {
    this.#name = name;
    this.leases = new MemoryLeases(clock);
    this.buckets = new MemoryBuckets(clock);
    this.presences = new MemoryPresences(clock, this.leases);
    this.turns = new ExpiringMap(clock);
    this.logs = new MemoryLogs(clock);
  }

  /** The exchange of this name. Whoever uses it has to leave it: it ends with its last user. */
  static use(name: string, clock: Clock): MemoryExchange {
    const exchange = exchanges.get(name) ?? new MemoryExchange(name, clock);
    exchanges.set(name, exchange);
    exchange.#users += 1;
    return exchange;
  }

  leave(): void {
    this.#users -= 1;
    if (this.#users === 0) exchanges.delete(this.#name);
  }

  publish(messages: readonly Published[]): void {
    for (const { channel, bytes } of messages) {
      const receivers = this.channels.of(channel);
      if (receivers.length === 0) continue;
      const copy = Uint8Array.from(bytes);
      this.#send({ receivers, tell: (events) => events.message(channel, copy) });
    }
  }

  /** Tells all who follow a log. */
  tell(log: string, tell: (events: BackplaneEvents) => void): void {
    this.#send({ receivers: this.followers.of(log), tell });
  }

  #send(delivery: Delivery): void {
    if (this.#deliveries.length === 0) setImmediate(() => this.#deliver());
    this.#deliveries.push(delivery);
  }

  #deliver(): void {
    const due = this.#deliveries;
    this.#deliveries = [];
    for (const { receivers, tell } of due) for (const receiver of receivers) receiver.receive(tell);
  }
}
