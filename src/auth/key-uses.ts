import type { Clock } from '../clock.ts';
import type { KeyStore } from '../storage/key-store.ts';
import type { KnownKey } from './key-cache.ts';

/** Least time between two notes about one key, in milliseconds. */
const NOTE_MS = 60_000;
/** Keys whose use may wait to be written. */
const LIMIT = 10_000;

/** Notes when keys were used last. They are written together, and no request waits for that. */
export class KeyUses {
  readonly #store: KeyStore;
  readonly #clock: Clock;
  #waiting = new Set<string>();
  #isWriting = false;

  constructor(store: KeyStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  used(key: KnownKey): void {
    const now = this.#clock.now();
    if (now - key.notedAt < NOTE_MS || this.#waiting.size >= LIMIT) return;
    key.notedAt = now;
    this.#waiting.add(key.row.id);
  }

  /** Writes what waits, unless a write is under way. */
  async write(): Promise<void> {
    if (this.#isWriting || this.#waiting.size === 0) return;
    const ids = [...this.#waiting];
    this.#waiting = new Set();
    this.#isWriting = true;
    try {
      await this.#store.touched(ids, this.#clock.wallNow());
    } catch {
      // The store is in trouble, which `KeyCheck` reports. It is tried again.
      for (const id of ids) this.#waiting.add(id);
    } finally {
      this.#isWriting = false;
    }
  }
}
