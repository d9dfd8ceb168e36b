import { type Deferred, defer } from '../promises.ts';

/** Members of the flusher that rounds use. */
interface Schedule {
  schedule(one: { flush(): void }): void;
}

/**
 * Slows senders that send faster than the server writes. A round is over when every lane that was scheduled at its
 * beginning has been flushed. A sender waits as many rounds as the fullest receiving lane has slices before the
 * message, so until the message itself has been written. It waits for the server's writing, never for a socket.
 */
export class Rounds {
  readonly #schedule: Schedule;
  /** Promises by the number of the round whose end they wait for. */
  readonly #waiting = new Map<number, Deferred<void>>();
  #over = 0;
  #isRunning = false;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** Resolves when a message behind this number of slices has been written. undefined: it waits for none. */
  relief(slices: number): Promise<void> | undefined {
    if (slices === 0) return undefined;
    // The lanes may have been scheduled after the present round began: then that one does not count.
    const last = this.#over + slices + (this.#isRunning ? 1 : 0);
    let waiting = this.#waiting.get(last);
    if (waiting === undefined) {
      waiting = defer();
      this.#waiting.set(last, waiting);
    }
    if (!this.#isRunning) this.#run();
    return waiting.promise;
  }

  /** Called by the flusher: every lane that was scheduled before has been flushed, so the round is over. */
  flush(): void {
    this.#isRunning = false;
    this.#over += 1;
    this.#waiting.get(this.#over)?.resolve();
    this.#waiting.delete(this.#over);
    if (this.#waiting.size > 0) this.#run();
  }

  #run(): void {
    this.#isRunning = true;
    this.#schedule.schedule(this);
  }
}
