import type { Clock } from '../../src/clock.ts';

/**
 * The clock of one node among several that share a clock. When its process is paused the time goes on, and its timers
 * fire late, all at once.
 */
export class NodeClock implements Clock {
  readonly isReal = true;
  readonly #shared: Clock;
  #isPaused = false;
  /** Functions of timers that were due while it was paused. */
  #late: { readonly timer: object; readonly run: () => void }[] = [];
  /** Timers of the shared clock, by those of this one. */
  readonly #timers = new WeakMap<object, unknown>();

  constructor(shared: Clock) {
    this.#shared = shared;
  }

  now(): number {
    return this.#shared.now();
  }
  wallNow(): number {
    return this.#shared.wallNow();
  }

  setTimeout(run: () => void, ms: number): unknown {
    const timer = {};
    const due = (): void => {
      if (this.#isPaused) this.#late.push({ timer, run });
      else run();
    };
    this.#timers.set(timer, this.#shared.setTimeout(due, ms));
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#late = this.#late.filter((late) => late.timer !== timer);
    this.#shared.clearTimeout(this.#timers.get(timer as object));
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const { run } of this.#late.splice(0)) run();
  }
}
