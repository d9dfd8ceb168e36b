import type { Clock } from '../../clock.ts';
import type { Published } from '../backplane.ts';
import { ExpiringMap } from './expiring-map.ts';
import { MemoryBuckets } from './memory-buckets.ts';
import { MemoryLeases } from './memory-leases.ts';
import { MemoryPresences } from './memory-presences.ts';

/** What gets messages of channels. */
export interface Receiver {
  receive(channel: string, bytes: Uint8Array): void;
}

interface Delivery extends Published {
  readonly receivers: readonly Receiver[];
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
  readonly #name: string;
  readonly #receivers = new Map<string, Set<Receiver>>();
  /** Messages that arrive in the next turn of the event loop. */
  #deliveries: Delivery[] = [];
  #users = 0;

  private constructor(name: string, clock: Clock) {
    this.#name = name;
    this.leases = new MemoryLeases(clock);
    this.buckets = new MemoryBuckets(clock);
    this.presences = new MemoryPresences(clock, this.leases);
    this.turns = new ExpiringMap(clock);
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
      const receivers = this.#receivers.get(channel);
      if (receivers === undefined) continue;
      if (this.#deliveries.length === 0) setImmediate(() => this.#deliver());
      this.#deliveries.push({ channel, bytes: Uint8Array.from(bytes), receivers: [...receivers] });
    }
  }

  subscribe(channel: string, receiver: Receiver): void {
    const receivers = this.#receivers.get(channel);
    if (receivers === undefined) this.#receivers.set(channel, new Set([receiver]));
    else receivers.add(receiver);
  }

  unsubscribe(channel: string, receiver: Receiver): void {
    const receivers = this.#receivers.get(channel);
    receivers?.delete(receiver);
    if (receivers?.size === 0) this.#receivers.delete(channel);
  }

  #deliver(): void {
    const due = this.#deliveries;
    this.#deliveries = [];
    for (const { receivers, channel, bytes } of due) for (const receiver of receivers) receiver.receive(channel, bytes);
  }
}
