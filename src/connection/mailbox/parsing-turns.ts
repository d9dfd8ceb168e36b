/**
 * Milliseconds that all connections together may parse in one turn of the event loop; the rest waits for the next turn.
 */
const ALL_MS = 20;
/** The clock is read each time that this number of bytes has been parsed. */
export const LOOK_BYTES = 1_024;
/** Bytes that each record counts beside its own, because small records cost most for each byte. */
const RECORD_BYTES = 64;

/** Callback to a connection that waits for a turn: its turn has come. */
export interface Parser {
  parseOn(): void;
}

/**
 * Turns of the event loop in which records are parsed, and the ring of connections that have bytes left for the next
 * turn. The time of a turn is limited, because the cost of records does not follow from their bytes. So timers, writes
 * and other connections get their share between two turns, whatever the records are.
 *
 * A turn begins when the clock is read first. A server with little to do reads it seldom, so turns cost it little.
 */
export class ParsingTurns {
  readonly #now: () => number;
  readonly #nextTurn: (run: () => void) => void;
  readonly #endTurn = () => this.#end();
  readonly #ring = new Set<Parser>();
  #number = 0;
  #isRunning = false;
  #isSpent = false;
  #startedAt = 0;
  #unlooked = 0;

  /** @param nextTurn Runs a function in the next turn of the event loop. */
  constructor(now: () => number, nextTurn: (run: () => void) => void) {
    this.#now = now;
    this.#nextTurn = nextTurn;
  }

  now(): number {
    return this.#now();
  }
  /** Number of the current turn. */
  get number(): number {
    return this.#number;
  }
  /** Whether the time of this turn is used up. */
  get isSpent(): boolean {
    return this.#isSpent;
  }
  /** Number of connections that wait for a turn. */
  get waiting(): number {
    return this.#ring.size;
  }

  /** Counts a record. @returns the time, if the clock was read, which is seldom; else undefined. */
  count(bytes: number): number | undefined {
    this.#unlooked += bytes + RECORD_BYTES;
    return this.#unlooked < LOOK_BYTES ? undefined : this.#look();
  }

  /** Adds a connection with bytes left to the ring: it goes on in a later turn, behind those that wait already. */
  wait(parser: Parser): void {
    this.#ring.add(parser);
    this.#begin();
  }

  /** Removes a connection from the ring: it has no bytes left. */
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
    this.#nextTurn(this.#endTurn);
    return now;
  }

  /** Ends a turn. In the next turn the waiting connections parse first, each once, while there is time. */
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
