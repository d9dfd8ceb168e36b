import { type Deferred, defer } from '../promises.ts';

/** The part of the flusher that rounds need. */
interface Queue {
  schedule(one: { flush(): void }): void;
}

/**
 * Slows those who send more than is written. A round is over when every lane that had asked for a turn has had one. Who has
 * sent to a lane with so many slices to write waits so many rounds, until the message has had its own turn: it waits for
 * our writing, never for a socket.
 */
export class Rounds {
  readonly #queue: Queue;
  /** Promises by the number of the round whose end they wait for. */
  readonly #waiting = new Map<number, Deferred<void>>();
  #over = 0;
  #isRunning = false;
  #needed = 0;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  /** Begins to count for the next `relief`. */
  begin(): void {
    this.#needed = 0;
  }

  /** A message has been appended to a lane that needs so many turns before. */
  appendedBehind(turns: number): void {
    if (turns > this.#needed) this.#needed = turns;
  }

  /** Resolves when what has been appended since `begin` has had its turn. undefined: there is nothing to wait for. */
  relief(): Promise<void> | undefined {
    if (this.#needed === 0) return undefined;
    // Lanes may have asked after the round that runs has begun.
    const last = this.#over + this.#needed + (this.#isRunning ? 1 : 0);
    let waiting = this.#waiting.get(last);
    if (waiting === undefined) {
      waiting = defer();
      this.#waiting.set(last, waiting);
    }
    if (!this.#isRunning) this.#run();
    return waiting.promise;
  }

  /** Its own turn in the line: everybody who stood before it has had theirs. */
  flush(): void {
    this.#isRunning = false;
    this.#over += 1;
    this.#waiting.get(this.#over)?.resolve();
    this.#waiting.delete(this.#over);
    if (this.#waiting.size > 0) this.#run();
  }

  #run(): void {
    this.#isRunning = true;
    this.#queue.schedule(this);
  }
}
