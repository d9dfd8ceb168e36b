import type { Clock } from '../../clock.ts';

/** Fewest entries for which expired ones are looked for. */
const FEW = 64;

interface Entry<V> {
  readonly value: V;
  readonly endsAt: number;
}

/** A map whose entries end by themselves, as keys of Redis do. It sets no timers. */
export class ExpiringMap<V> {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #entries = new Map<string, Entry<V>>();
  /** Number of entries from which on expired ones are removed. */
  #many = FEW;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Number of entries, with those that have ended and are still kept. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#living(key)?.value;
  }

  /** Milliseconds until the entry ends; 0: there is none. */
  remainingMs(key: string): number {
    const entry = this.#living(key);
    return entry === undefined ? 0 : entry.endsAt - this.#clock.now();
  }

  set(key: string, value: V, ms: number): void {
    this.#entries.set(key, { value, endsAt: this.#clock.now() + ms });
    if (this.size < this.#many) return;
    for (const each of this.#entries.keys()) this.#living(each);
    this.#many = Math.max(FEW, 2 * this.size);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Keys of the entries that have not ended. */
  keys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.#living(key) !== undefined);
  }

  /** The entry of the key. One that has ended is removed. */
  #living(key: string): Entry<V> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.endsAt > this.#clock.now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }
}
