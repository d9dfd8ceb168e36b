import { LOOK_BYTES, type ParsingTurns } from './parsing-turns.ts';

/** Maximum of records of one connection that are parsed in one turn of the event loop. */
export const RECORDS_PER_TURN = 200;
/** Milliseconds that one connection may parse in one turn, including the work that its records cause at once. */
const CONNECTION_MS = 2;

/** Share of one connection in the current turn. */
export class ParsingShare {
  readonly #turns: ParsingTurns;
  #turn = -1;
  #records = 0;
  #spentMs = 0;
  /** Moment at which it began to parse; undefined: the clock was not read then. */
  #since: number | undefined;

  constructor(turns: ParsingTurns) {
    this.#turns = turns;
  }

  /** Whether one more record may be parsed in this turn. */
  get isLeft(): boolean {
    if (this.#turns.isSpent) return false;
    if (this.#turn !== this.#turns.number) this.#renew();
    return this.#spentMs < CONNECTION_MS && this.#records < RECORDS_PER_TURN;
  }

  /** Begins to parse. For fewer than `LOOK_BYTES` the clock is not read. */
  begin(bytes: number): void {
    this.#since = bytes < LOOK_BYTES ? undefined : this.#turns.now();
  }

  /** Counts a parsed record. */
  count(bytes: number): void {
    this.#records += 1;
    const now = this.#turns.count(bytes);
    if (now === undefined) return;
    if (this.#since !== undefined) this.#spentMs += now - this.#since;
    this.#since = now;
  }

  #renew(): void {
    this.#turn = this.#turns.number;
    this.#records = 0;
    this.#spentMs = 0;
  }
}
