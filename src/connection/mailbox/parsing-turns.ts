/** Milliseconds that all connections together may parse in one turn of the event loop; the rest waits for the next. */
const ALL_MS = 20;
/** The clock is looked at whenever so many bytes more have been parsed. */
export const LOOK_BYTES = 1_024;
/** Bytes that each record counts beside its own: the smallest records cost most. */
const RECORD_BYTES = 64;

/** A connection with bytes left, told when the turn to parse them has come. */
export interface Parser {
  parseOn(): void;
}

/**
 * The turns of the event loop, as far as records are parsed in them, and the ring of those who have bytes left for the next.
 * What arrives is limited by bytes, but what it costs is time: so whatever the records are, timers, writes and everybody
 * else have their share between two turns.
 *
 * A turn begins at the first look at the clock. A server with little to do looks seldom, and so pays for turns as seldom.
 */
export class ParsingTurns {
  readonly #now: () => number;
  readonly #later: (run: () => void) => void;
  readonly #endTurn = () => this.#end();
  readonly #ring = new Set<Parser>();
  #number = 0;
  #isRunning = false;
  #isSpent = false;
  #startedAt = 0;
  #unlooked = 0;

  /** @param later Runs something in the next turn of the event loop. */
  constructor(now: () => number, later: (run: () => void) => void) {
    this.#now = now;
    this.#later = later;
  }

  now(): number {
    return this.#now();
  }
  /** Which turn this is. */
  get number(): number {
    return this.#number;
  }
  /** Whether nobody may parse any more in this turn. */
  get isSpent(): boolean {
    return this.#isSpent;
  }
  /** How many wait for a turn. */
  get waiting(): number {
    return this.#ring.size;
  }

  /** Counts a record. @returns the time when it was looked at the clock, which is seldom; else undefined. */
  count(bytes: number): number | undefined {
    this.#unlooked += bytes + RECORD_BYTES;
    return this.#unlooked < LOOK_BYTES ? undefined : this.#look();
  }

  /** `parser` has bytes left: it goes on in a later turn, behind those who wait already. */
  wait(parser: Parser): void {
    this.#ring.add(parser);
    this.#begin();
  }

  /** It has nothing left to parse. */
  leave(parser: Parser): void {
    this.#ring.delete(parser);
  }

  #look(): number {
    this.#unlooked = 0;
    const now = this.#begin();
    if (now - this.#startedAt >= ALL_MS) this.#isSpent = true;
    return now;
  }

  #begin(): number {
    const now = this.#now();
    if (this.#isRunning) return now;
    this.#isRunning = true;
    this.#startedAt = now;
    this.#later(this.#endTurn);
    return now;
  }

  /** Ends a turn. Connections that wait are the first of the next one, each once, as far as its time goes. */
  #end(): void {
    this.#isRunning = false;
    this.#isSpent = false;
    this.#number += 1;
    let left = this.#ring.size;
    if (left > 0) this.#begin();
    for (const parser of this.#ring) {
      if (left === 0 || this.#isSpent) return;
      left -= 1;
      this.#ring.delete(parser);
      parser.parseOn();
    }
  }
}
