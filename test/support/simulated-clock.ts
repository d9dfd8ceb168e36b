import type { Clock } from '../../src/clock.ts';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** Time that stands still until somebody moves it. */
export class SimulatedClock implements Clock {
  readonly isReal = true;
  /** In the order of being set, which decides between timers of the same moment. */
  readonly #timers = new Set<Timer>();
  #now = 0;

  /** How many timers are set. */
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

  /** Moves on, and fires on the way what is due, each timer at its own moment, also those that are set meanwhile. */
  increment(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
    }
    this.#now = until;
  }

  /** Moves on, and fires nothing: as when the event loop is blocked. What is due fires late, as soon as time passes again. */
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
