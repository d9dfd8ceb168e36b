import type { ParsingTurns } from './parsing-turns.ts';

/** So many records of one connection are parsed in one turn of the event loop. */
export const RECORDS_PER_TURN = 200;
/** So long one connection may parse in one turn, what its records cause at once included. */
const CONNECTION_MS = 2;

/** What one connection has had of the turn that runs. */
export class ParsingShare {
  readonly #turns: ParsingTurns;
  #turn = -1;
  #records = 0;
  #startedAt: number | undefined;
  #isSpent = false;

  constructor(turns: ParsingTurns) {
    this.#turns = turns;
  }

  /** Whether one more record may be parsed in this turn. */
  get isLeft(): boolean {
    if (this.#turns.isSpent) return false;
    if (this.#turn !== this.#turns.number) this.#renew();
    return !this.#isSpent && this.#records < RECORDS_PER_TURN;
  }

  /** A record has been parsed. */
  count(bytes: number): void {
    this.#records += 1;
    const now = this.#turns.count(bytes);
    if (now === undefined) return;
    this.#startedAt ??= now;
    this.#isSpent = now - this.#startedAt >= CONNECTION_MS;
  }

  #renew(): void {
    this.#turn = this.#turns.number;
    this.#records = 0;
    this.#startedAt = undefined;
    this.#isSpent = false;
  }
}
