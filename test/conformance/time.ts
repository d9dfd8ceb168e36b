// Time as the transcripts see it: the real one, or one that is moved by hand and has no patience.
import { setTimeout as wait } from 'node:timers/promises';
import type { SimulatedClock } from '../support/simulated-clock.ts';

export interface Time {
  now(): number;
  pass(ms: number): Promise<void>;
  /** Lets time pass until it is over with `what`. */
  during<T>(what: Promise<T>): Promise<T>;
}

export const realTime: Time = {
  now: () => performance.now(),
  pass: (ms) => wait(ms),
  during: (what) => what,
};

const STEP_MS = 100;

/** Between two steps, the sockets of both sides get their turns. */
export class MovedTime implements Time {
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
    // What needs no time is not to be hurried.
    await Promise.race([what, wait(50)]);
    while (!isOver) await this.pass(STEP_MS);
    return what;
  }
}
