import type { Clock } from '../clock.ts';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** Default of `wallNow` at the beginning. */
const BEGIN = Date.UTC(2030, 0, 1);

/**
 * A clock that only the test moves: the option `clock` of `createServer`. Its wall clock moves with it, and can be set
 * forward and back. All durations are in milliseconds.
 */
export class SimulatedClock implements Clock {
  readonly isReal = true;
  /** Timers in the order in which they were set, which decides between timers of the same moment. */
  readonly #timers = new Set<Timer>();
  #now = 0;
  /** Milliseconds by which the wall clock is ahead. */
  #wallAhead: number;

  /** @param wallNow What `wallNow` returns at the beginning, in milliseconds since 1970. */
  constructor(wallNow = BEGIN) {
    this.#wallAhead = wallNow;
  }

  /** Number of timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.#wallAhead;
  }

  /**
   * Sets the wall clock forward, or back when `ms` is negative. A machine that sleeps looks the same: on Linux the
   * monotonic clock stands still meanwhile, and the wall clock goes on.
   */
  stepWall(ms: number): void {
    this.#wallAhead += ms;
  }

  setTimeout(run: () => void, ms: number): unknown {
    const timer = { due: this.#now + Math.max(0, ms), run };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** Moves on, and fires each due timer at its own moment, including timers that are set meanwhile. */
  increment(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
    }
    this.#now = until;
  }

  /**
   * Moves on without firing any timer, as when the event loop is blocked. Due timers fire late, when time passes again.
   */
  block(ms: number): void {
    this.#now += ms;
  }

  #next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= until && (next === undefined || timer.due < next.due)) next = timer;
    }
    return next;
  }
}
