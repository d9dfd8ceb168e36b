import { hash } from 'node:crypto';

export interface CacheLimits {
  readonly entries: number;
  /** Sum of the weights of all entries. */
  readonly weight: number;
}

/** Milliseconds for which something is remembered about a token, at most. */
export const REMEMBERED_MS = 60_000;

interface Entry<T> {
  readonly value: T;
  readonly weight: number;
  readonly until: number;
}

/**
 * What is known about tokens, for a minute. Beyond a limit the oldest are forgotten. It keeps no token: its keys are
 * digests.
 */
export class TokenCache<T> {
  readonly #limits: CacheLimits;
  /** In the order of their ends. */
  readonly #entries = new Map<string, Entry<T>>();
  #weight = 0;

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get weight(): number {
    return this.#weight;
  }

  /** Everything that has not been forgotten yet: some of it is too old for `get`. */
  *values(): IterableIterator<T> {
    for (const { value } of this.#entries.values()) yield value;
  }

  /** @param now Milliseconds of a clock that never goes back. */
  get(digest: string, now: number): T | undefined {
    const entry = this.#entries.get(digest);
    if (entry === undefined || now < entry.until) return entry?.value;
    this.#forget(digest, entry);
    return undefined;
  }

  set(digest: string, value: T, weight: number, now: number): void {
    const before = this.#entries.get(digest);
    if (before !== undefined) this.#forget(digest, before);
    this.#entries.set(digest, { value, weight, until: now + REMEMBERED_MS });
    this.#weight += weight;
    for (const [oldest, entry] of this.#entries) {
      if (now < entry.until && this.#fits()) break;
      this.#forget(oldest, entry);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }

  #fits(): boolean {
    return this.#entries.size <= this.#limits.entries && this.#weight <= this.#limits.weight;
  }

  #forget(digest: string, { weight }: Entry<T>): void {
    this.#entries.delete(digest);
    this.#weight -= weight;
  }
}

/** SHA-256 of a token. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
