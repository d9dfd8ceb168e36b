import type { RedisLimits } from './redis-limits.ts';

/**
 * Pauses before new connections. They double up to the longest, with a random part, so that servers which have lost the
 * same Redis do not come back at once.
 */
export class BackOff {
  readonly #limits: Pick<RedisLimits, 'firstPauseMs' | 'longestPauseMs'>;
  #tries = 0;

  constructor(limits: Pick<RedisLimits, 'firstPauseMs' | 'longestPauseMs'>) {
    this.#limits = limits;
  }

  /** Milliseconds of the next pause. @param openMs How long the connection was open that was lost. */
  next(openMs: number): number {
    const { firstPauseMs, longestPauseMs } = this.#limits;
    // One that is lost at once again and again is no success.
    if (openMs >= longestPauseMs) this.#tries = 0;
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#tries);
    if (pause < longestPauseMs) this.#tries += 1;
    return pause * (0.5 + Math.random() / 2);
  }
}
