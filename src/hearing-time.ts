import type { Clock } from './clock.ts';

/** Milliseconds of one turn of the event loop that count, at most; the wheel gives one about every 100. */
const LONGEST_TURN_MS = 300;
/**
 * Number of turns behind a longer one in which nobody is late: about a second, in which a new TCP connection is accepted,
 * shakes hands over TLS, and is read.
 */
const READING_TURNS = 10;

/**
 * The time in which the server could hear, as limits on others count it. While the event loop is blocked, or the process is
 * stopped, nothing is read and everybody seems silent: of such a turn only a little counts, and what has arrived meanwhile is
 * read before anybody is called late.
 */
export class HearingTime {
  readonly #clock: Clock;
  /** The moment of the last turn; undefined: nobody waits, and there are no turns. */
  #turnedAt: number | undefined;
  /** Milliseconds that have not counted so far. */
  #deafMs = 0;
  #turnsToRead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many turns there are still to read in. */
  get turnsToRead(): number {
    return this.#turnsToRead;
  }

  now(): number {
    const now = this.#clock.now();
    return now - this.#deafMs - this.#excessAt(now);
  }

  /** Somebody waits, so there will be turns. */
  begin(): void {
    this.#turnedAt = this.#clock.now();
  }

  /** Nobody waits any more. */
  rest(): void {
    this.#turnedAt = undefined;
  }

  /** A turn begins: what arrived before the one that is over has been read in it. */
  turn(): void {
    if (this.#turnedAt === undefined) return;
    const now = this.#clock.now();
    const excess = this.#excessAt(now);
    this.#deafMs += excess;
    this.#turnedAt = now;
    // Not anew while they last: where every turn is long, limits must hold, too.
    if (this.#turnsToRead > 0) this.#turnsToRead -= 1;
    else if (excess > 0) this.#turnsToRead = READING_TURNS;
  }

  #excessAt(now: number): number {
    if (this.#turnedAt === undefined || this.#clock.isReal !== true) return 0;
    return Math.max(0, now - this.#turnedAt - LONGEST_TURN_MS);
  }
}
