import type { Clock } from './clock.ts';

/** Largest number of milliseconds of one turn of the event loop that count. The wheel has a turn about every 100 ms. */
const LONGEST_TURN_MS = 300;
/**
 * Number of turns after a longer one in which no limit ends: about a second, in which a new TCP connection is accepted,
 * makes its TLS handshake, and is read.
 */
const READING_TURNS = 10;

/**
 * Hearing time, the clock for time limits of clients (docs/decisions/0017-hearing-time.md). It counts only time in
 * which the server could read. While the event loop is blocked, or the process is stopped, nothing is read and all
 * clients seem silent. Only a small part of such a turn counts, and everything that has arrived meanwhile is read
 * before a limit ends.
 */
export class HearingTime {
  readonly #clock: Clock;
  /** Time of the last turn; undefined: no alarm is set, and there are no turns. */
  #turnedAt: number | undefined;
  /** Milliseconds so far that do not count. */
  #uncountedMs = 0;
  #turnsToRead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of turns that are still left for reading, in which no limit ends. */
  get turnsToRead(): number {
    return this.#turnsToRead;
  }

  now(): number {
    const now = this.#clock.now();
    return now - this.#uncountedMs - this.#excessAt(now);
  }

  /** Begins: an alarm is set, so there will be turns. */
  begin(): void {
    this.#turnedAt = this.#clock.now();
  }

  /** Pauses: no alarm is set any more. */
  rest(): void {
    this.#turnedAt = undefined;
  }

  /** A turn begins: what had arrived before the previous one has been read in that. */
  turn(): void {
    if (this.#turnedAt === undefined) return;
    const now = this.#clock.now();
    const excess = this.#excessAt(now);
    this.#uncountedMs += excess;
    this.#turnedAt = now;
    // Not restarted while it lasts: limits must also end where every turn is long.
    if (this.#turnsToRead > 0) this.#turnsToRead -= 1;
    else if (excess > 0) this.#turnsToRead = READING_TURNS;
  }

  #excessAt(now: number): number {
    if (this.#turnedAt === undefined || this.#clock.isReal !== true) return 0;
    return Math.max(0, now - this.#turnedAt - LONGEST_TURN_MS);
  }
}
