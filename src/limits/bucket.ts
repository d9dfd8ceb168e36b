import type { ResolvedRate } from '../hub/rate-options.ts';

/** Rounding errors of the moments below, in milliseconds, must not refuse what a rate just allows. */
const ROUNDING_MS = 1e-6;

/**
 * A token bucket, stored as the moment at which it will be full again (the generic cell rate algorithm of ITU-T I.371):
 * it needs no timer, and one that nobody uses is full by itself. It only refuses. The one of `routing/rate-limit.ts` is
 * another one, since it holds callers, and keeps the tokens of the time by which its alarm is late.
 */
export class Bucket {
  #fullAt = Number.NEGATIVE_INFINITY;
  readonly #msEach: number;
  readonly #roomMs: number;

  /** @param factor Multiplies the rate. */
  constructor({ perSecond, burst }: ResolvedRate, factor = 1) {
    this.#msEach = 1_000 / (perSecond * factor);
    this.#roomMs = burst * factor * this.#msEach;
  }

  /** Milliseconds until it has so many tokens; 0: it has them now. */
  wait(cost: number, now: number): number {
    const left = Math.max(this.#fullAt, now) + cost * this.#msEach - this.#roomMs - now;
    return left > ROUNDING_MS ? left : 0;
  }

  /** Takes tokens, which it has. */
  take(cost: number, now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + cost * this.#msEach;
  }

  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }
}
