import type { Clock } from '../../clock.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * The wall clock, for what cannot be undone. When it is set ahead while the server runs, that may be a mistake, so it
 * counts only once it has been so for a day; until then time goes on as before. When it is set back, that counts at
 * once. A machine that has slept looks as if its clock had been set ahead.
 */
export class CautiousTime {
  readonly #clock: Pick<Clock, 'now' | 'wallNow'>;
  /** Milliseconds by which the wall clock is ahead of `Clock.now`, as it is believed. */
  #ahead: number;
  /** Milliseconds of `Clock.now` since which the wall clock is further ahead. */
  #since: number | undefined;

  constructor(clock: Pick<Clock, 'now' | 'wallNow'>) {
    this.#clock = clock;
    this.#ahead = clock.wallNow() - clock.now();
  }

  /** Milliseconds since 1970. A clock that gains less than a minute between two calls is believed. */
  wallNow(): number {
    const now = this.#clock.now();
    const ahead = this.#clock.wallNow() - now;
    const isSetAhead = ahead - this.#ahead > MINUTE_MS;
    this.#since = isSetAhead ? (this.#since ?? now) : undefined;
    if (this.#since === undefined || now - this.#since >= DAY_MS) this.#ahead = ahead;
    return Math.round(now + this.#ahead);
  }
}
