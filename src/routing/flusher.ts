import { Run } from './run.ts';

/** What the flusher needs of a lane. */
export interface Flushable {
  flush(): void;
}

/**
 * Writes what all lanes have collected, once for each turn of the event loop: everything that a turn's messages caused
 * leaves as one write for each socket.
 */
export class Flusher {
  readonly #later: (run: () => void) => void;
  readonly #flushNow = () => this.flush();
  #dirty: Flushable[] = [];
  #root = Run.root();

  /** @param later Runs something at the end of the turn. Default: `setImmediate`, which comes after all that was read. */
  constructor(later: (run: () => void) => void = setImmediate) {
    this.#later = later;
  }

  /** The empty run at which all lanes begin until the next flush. */
  get root(): Run {
    return this.#root;
  }

  /** Asks for a flush of `lane`; a lane asks once until it has been flushed. */
  schedule(lane: Flushable): void {
    if (this.#dirty.length === 0) this.#later(this.#flushNow);
    this.#dirty.push(lane);
  }

  flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const lane of dirty) lane.flush();
    // The frames of this turn are kept alive by the tree only.
    this.#root = Run.root();
  }
}
