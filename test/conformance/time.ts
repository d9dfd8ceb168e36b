// Time as the transcripts see it: real time, or a clock that the test moves without waiting.
import { setTimeout as wait } from 'node:timers/promises';
import type { SimulatedClock } from '../../src/testing/simulated-clock.ts';

export interface Time {
  now(): number;
  pass(ms: number): Promise<void>;
  /** Lets time pass until `what` has settled. */
  during<T>(what: Promise<T>): Promise<T>;
}

export const realTime: Time = {
  now: () => performance.now(),
  pass: (ms) => wait(ms),
  during: (what) => what,
};

const STEP_MS = 100;

/** Time of a simulated clock. Between two steps, the sockets of both sides get their turns. */
export class SimulatedTime implements Time {
  readonly #clock: SimulatedClock;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.#clock.increment(Math.min(STEP_MS, left));
      await wait(1);
    }
  }

  async during<T>(what: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    what.then(over, over);
    // Time is moved only after 50 ms, since many promises settle without it.
    await Promise.race([what, wait(50)]);
    while (!isOver) await this.pass(STEP_MS);
    return what;
  }
}
