import type { Clock } from '../../clock.ts';
import type { PresenceStore } from '../presence/presence-store.ts';
import { type HeldLeases, MemoryPresence } from './memory-presence.ts';

/** The presence keys of all hubs in memory. */
export class MemoryPresences {
  readonly #clock: Clock;
  readonly #leases: HeldLeases;
  readonly #hubs = new Map<string, MemoryPresence>();

  constructor(clock: Clock, leases: HeldLeases) {
    this.#clock = clock;
    this.#leases = leases;
  }

  /** Number of keys of which something is kept, and of registered boots, in all hubs. */
  get size(): number {
    let size = 0;
    for (const hub of this.#hubs.values()) size += hub.size;
    return size;
  }

  of(hub: string): MemoryPresence {
    const known = this.#hubs.get(hub) ?? new MemoryPresence(this.#clock, this.#leases);
    this.#hubs.set(hub, known);
    return known;
  }
}

/** The port over those in memory. @param ask Does the work within the call, or rejects. */
export function presenceStoreOver(ask: <T>(work: (hubs: MemoryPresences) => T) => Promise<T>): PresenceStore {
  return {
    enter: (hub, entrance) => ask((hubs) => hubs.of(hub).enter(entrance)),
    leave: (hub, boot) => ask((hubs) => hubs.of(hub).leave(boot)),
    write: (hub, key, claimed) => ask((hubs) => hubs.of(hub).write(key, claimed)),
    markTold: (hub, ...mark) => ask((hubs) => hubs.of(hub).markTold(...mark)),
    overdue: (hub, graceMs) => ask((hubs) => hubs.of(hub).overdue(graceMs)),
    get: (hub, key) => ask((hubs) => hubs.of(hub).get(key)),
    list: (hub, query) => ask((hubs) => hubs.of(hub).list(query)),
    count: (hub, prefix) => ask((hubs) => hubs.of(hub).count(prefix)),
  };
}
