import type { Alarm, Alarms } from '../clock.ts';
import type { User } from '../hub/connection-info.ts';
import { type HeapItem, MaxHeap } from '../max-heap.ts';
import type { ConnectionPort } from '../transports/transport.ts';

/** Largest number of milliseconds between two looks at the wall clock: a credential ends within two seconds. */
const LOOK_MS = 1_000;

/**
 * Moments of the wall clock at which credentials expire, for all connections of a hub
 * (docs/decisions/0020-expiry-by-the-wall-clock.md). One alarm looks at the earliest of them: when it should be over,
 * and at least once a second, since the wall clock may be set forward or back and the machine may sleep.
 */
export class Expiries {
  readonly #alarms: Alarms;
  readonly #alarm: Alarm;
  /** The one that expires first is on top. */
  readonly #heap = new MaxHeap<Expiry>();

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
    this.#alarm = alarms.punctual(() => this.#look());
  }

  /** @param at Milliseconds since 1970. */
  set(expiry: Expiry, at: number): void {
    if (expiry.index === -1) this.#heap.add(expiry);
    this.#heap.weigh(expiry, -at);
    // Not always: a look that each new poll puts off would never come.
    if (!this.#alarm.isSet || at - this.#alarms.wallNow() < LOOK_MS) this.#setAlarm();
  }

  clear(expiry: Expiry): void {
    if (expiry.index === -1) return;
    this.#heap.remove(expiry);
    expiry.index = -1;
    if (this.#heap.size === 0) this.#alarm.clear();
  }

  #look(): void {
    const now = this.#alarms.wallNow();
    try {
      for (let due = this.#dueAt(now); due !== undefined; due = this.#dueAt(now)) due.end();
    } finally {
      // If one fails, the others follow with the next look.
      this.#setAlarm();
    }
  }

  /** The first whose moment is over. */
  #dueAt(now: number): Expiry | undefined {
    const { first } = this.#heap;
    return first !== undefined && first.expiresAt <= now ? first : undefined;
  }

  #setAlarm(): void {
    const { first } = this.#heap;
    if (first !== undefined) this.#alarm.set(Math.min(first.expiresAt - this.#alarms.wallNow(), LOOK_MS));
  }
}

/** Tells a connection when the client's latest credential has expired. */
export class Expiry implements HeapItem {
  /** Minus `expiresAt`: the heap has the heaviest on top. */
  weight = 0;
  /** -1: the credential does not expire. */
  index = -1;
  insertion = 0;
  readonly #connection: ConnectionPort;
  readonly #expiries: Expiries;

  constructor(connection: ConnectionPort, expiries: Expiries) {
    this.#connection = connection;
    this.#expiries = expiries;
  }

  /** Milliseconds since 1970. */
  get expiresAt(): number {
    return -this.weight;
  }

  /** Takes the user of a later request: its credential replaces the one before. */
  renew(user: User | null): void {
    if (user?.expiresAt === undefined) this.#expiries.clear(this);
    else this.#expiries.set(this, user.expiresAt);
  }

  /** Ends its connection: it has expired. */
  end(): void {
    this.dispose();
    this.#connection.credentialEnded('expired');
  }

  dispose(): void {
    this.#expiries.clear(this);
  }
}
