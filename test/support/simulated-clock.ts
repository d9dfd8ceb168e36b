import type { Clock } from '../../src/clock.ts';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock that only the test moves. */
export class SimulatedClock implements Clock {
  readonly isReal = true;
  /** Timers in the order in which they were set, which decides between timers of the same moment. */
  readonly #timers = new Set<Timer>();
  #now = 0;

  /** Number of timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
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
