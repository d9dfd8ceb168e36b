import { Rounds } from './rounds.ts';
import { Run } from './run.ts';

/** A lane as the flusher sees it. */
interface Flushable {
  /** Writes one slice, and schedules the lane again if it has more. */
  flush(): void;
}

/** Milliseconds of one turn of the event loop that may be spent writing. The rest is written in the next turns. */
const TURN_MS = 10;
/** Bytes between two reads of the clock: writing them takes a small part of a turn. */
const CLOCK_BYTES = 131_072;
/** Cost of one write, however short it is, in bytes that could be copied in the same time. */
const WRITE_BYTES = 4_096;

/**
 * Writes what all lanes have collected, at the end of each turn of the event loop: each socket gets one write for
 * everything that was sent to it in that turn. Long writing is spread over several turns. Lanes are served in the order
 * in which they were scheduled, and a lane that has more to write is scheduled again, behind all others.
 */
export class Flusher {
  /** Makes senders wait for lanes that have much to write. */
  readonly rounds = new Rounds(this);
  readonly #now: () => number;
  readonly #nextTurn: (run: () => void) => void;
  readonly #flushNow = () => this.flush();
  /** The scheduled lanes. */
  #queue: Flushable[] = [];
  #isDue = false;
  /** Bytes written since the clock was read. */
  #bytesSinceClock = 0;
  #root = Run.root();

  /**
   * @param now Milliseconds of a clock that never goes back.
   * @param nextTurn Runs a function at the end of the turn. Default: `setImmediate`, which runs after all that was read.
   */
  constructor(now: () => number, nextTurn: (run: () => void) => void = setImmediate) {
    this.#now = now;
    this.#nextTurn = nextTurn;
  }

  /** The empty run at which lanes without messages begin. */
  get root(): Run {
    return this.#root;
  }

  /** Schedules one `flush` of a lane. A lane that is scheduled must not be scheduled again before its `flush`. */
  schedule(lane: Flushable): void {
    this.#queue.push(lane);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#nextTurn(this.#flushNow);
  }

  /** Counts bytes that a lane has written. */
  wrote(bytes: number): void {
    this.#bytesSinceClock += WRITE_BYTES + bytes;
  }

  flush(): void {
    const queue = this.#queue;
    const end = this.#now() + TURN_MS;
    this.#bytesSinceClock = 0;
    let at = 0;
    // Lanes that are scheduled again meanwhile are appended to the same queue.
    while (at < queue.length) {
      (queue[at] as Flushable).flush();
      at += 1;
      if (this.#bytesSinceClock < CLOCK_BYTES) continue;
      if (this.#now() >= end) break;
      this.#bytesSinceClock = 0;
    }
    // The frames of this turn are kept alive only by the lanes that still need them.
    this.#root = Run.root();
    this.#isDue = at < queue.length;
    this.#queue = this.#isDue ? queue.slice(at) : [];
    if (this.#isDue) this.#nextTurn(this.#flushNow);
  }
}
