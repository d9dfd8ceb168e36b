import { Rounds } from './rounds.ts';
import { Run } from './run.ts';

/** What the flusher needs of a lane. */
export interface Flushable {
  /** Its turn: it writes one slice, and asks for another turn if it has more. */
  flush(): void;
}

/** Milliseconds of one turn of the event loop that may be spent writing; the rest goes on in the next. */
const TURN_MS = 10;
/** The clock is read when so many bytes have been written: between two looks lies a small part of a turn. */
const LOOK_BYTES = 131_072;
/** A write costs about as much as copying so many bytes, however short it is. */
const WRITE_BYTES = 4_096;

/**
 * Writes what all lanes have collected, at the end of each turn of the event loop: everything that a turn's messages caused
 * leaves as one write for each socket. What takes too long is spread over turns: lanes have theirs in the order in which they
 * asked, and who has more asks again, behind all others.
 */
export class Flusher {
  /** Senders that wait for lanes with much to write. */
  readonly rounds = new Rounds(this);
  readonly #now: () => number;
  readonly #later: (run: () => void) => void;
  readonly #flushNow = () => this.flush();
  /** The lanes that have asked. */
  #queue: Flushable[] = [];
  #isDue = false;
  #unseenBytes = 0;
  #root = Run.root();

  /**
   * @param now Milliseconds of a clock that never goes back.
   * @param later Runs something at the end of the turn. Default: `setImmediate`, which comes after all that was read.
   */
  constructor(now: () => number, later: (run: () => void) => void = setImmediate) {
    this.#now = now;
    this.#later = later;
  }

  /** The empty run at which lanes begin that have nothing to write. */
  get root(): Run {
    return this.#root;
  }

  /** Asks for a turn of `lane`; a lane asks once until it has had it. */
  schedule(lane: Flushable): void {
    this.#queue.push(lane);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#later(this.#flushNow);
  }

  /** Counts bytes that a lane has written. */
  wrote(bytes: number): void {
    this.#unseenBytes += WRITE_BYTES + bytes;
  }

  flush(): void {
    const queue = this.#queue;
    const end = this.#now() + TURN_MS;
    this.#unseenBytes = 0;
    let at = 0;
    // Lanes that ask again while this runs stand at its end.
    while (at < queue.length) {
      (queue[at] as Flushable).flush();
      at += 1;
      if (this.#unseenBytes < LOOK_BYTES) continue;
      if (this.#now() >= end) break;
      this.#unseenBytes = 0;
    }
    // The frames of this turn are kept alive only by the lanes that still need them.
    this.#root = Run.root();
    this.#isDue = at < queue.length;
    this.#queue = this.#isDue ? queue.slice(at) : [];
    if (this.#isDue) this.#later(this.#flushNow);
  }
}
