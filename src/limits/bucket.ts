import type { ResolvedRate } from '../hub/rate-options.ts';

/** A bucket of tokens. It only refuses. */
export interface TokenBucket {
  /** Milliseconds until it has so many tokens; 0: it has them now. */
  wait(cost: number, now: number): number;
  /** Takes tokens, which it has. */
  take(cost: number, now: number): void;
  /** Whether it is as good as a new one. */
  isFull(now: number): boolean;
}

/** Rounding errors of the moments below, in milliseconds, must not refuse what a rate just allows. */
const ROUNDING_MS = 1e-6;

/**
 * A token bucket, stored as the moment at which it will be full again (the generic cell rate algorithm of ITU-T I.371):
 * it needs no timer, and one that nobody uses is full by itself. It only refuses. The one of `routing/rate-limit.ts` is
 * another one, since it holds callers, and keeps the tokens of the time by which its alarm is late.
 */
export class Bucket implements TokenBucket {
  #fullAt = Number.NEGATIVE_INFINITY;
  readonly #msEach: number;
  readonly #roomMs: number;

  constructor({ perSecond, burst }: ResolvedRate) {
    this.#msEach = 1_000 / perSecond;
    this.#roomMs = burst * this.#msEach;
  }

  wait(cost: number, now: number): number {
    const left = Math.max(this.#fullAt, now) + cost * this.#msEach - this.#roomMs - now;
    return left > ROUNDING_MS ? left : 0;
  }

  take(cost: number, now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + cost * this.#msEach;
  }

  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }
}
