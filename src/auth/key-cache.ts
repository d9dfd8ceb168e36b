import type { Clock } from '../clock.ts';
import type { User } from '../hub/connection-info.ts';
import type { KeyRow } from '../storage/key-store.ts';

/** Keys that are kept, and so many ids without one. The one that was not asked for longest goes first. */
const LIMIT = 10_000;
/** Milliseconds for which an id without a key is not looked up again. */
const UNKNOWN_MS = 5_000;

/** A key that was read from the store. */
export interface KnownKey {
  row: KeyRow;
  /** Milliseconds of `Clock.now`: it is at least as new as this. */
  readAt: number;
  /** Milliseconds of `Clock.now` at which its use was noted last. */
  notedAt: number;
  /** By the numbers of its secrets. */
  readonly users: Map<number, User>;
}

/** Keys that were read lately, and ids that have none. */
export class KeyCache {
  readonly #clock: Clock;
  readonly #known = new Map<string, KnownKey>();
  /** By ids, the moments at which they are looked up again. */
  readonly #unknown = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(id: string): KnownKey | undefined {
    const known = this.#known.get(id);
    if (known === undefined) return undefined;
    // To the end of the order in which they are forgotten.
    this.#known.delete(id);
    this.#known.set(id, known);
    return known;
  }

  isUnknown(id: string): boolean {
    return (this.#unknown.get(id) ?? 0) > this.#clock.now();
  }

  /** Keeps a row that was asked for at `readAt`, unless there is a newer one. */
  put(row: KeyRow, readAt: number): KnownKey {
    const { id, lastUsedAt } = row;
    const before = this.#known.get(id);
    if (before !== undefined && before.readAt > readAt) return before;
    const now = this.#clock.now();
    const unusedMs = lastUsedAt === null ? Number.POSITIVE_INFINITY : Math.max(0, this.#clock.wallNow() - lastUsedAt);
    const known = { row, readAt, notedAt: before?.notedAt ?? now - unusedMs, users: new Map() };
    keep(this.#known, id, known);
    return known;
  }

  putUnknown(id: string): void {
    this.#known.delete(id);
    keep(this.#unknown, id, this.#clock.now() + UNKNOWN_MS);
  }
}

function keep<V>(map: Map<string, V>, id: string, value: V): void {
  map.delete(id);
  map.set(id, value);
  if (map.size <= LIMIT) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
