import type { Position } from '../../protocol/position.ts';

/** Epochs that have ended and are remembered. */
const MOST_PAST = 8;
/** Of an epoch that has ended every position counts as seen: it must not come back. */
const EVERY = Number.MAX_SAFE_INTEGER;

/** The newest positions of a log that a node has seen, for `LogState.seen`. */
export class SeenPositions {
  #current: Position | undefined;
  #past: readonly Position[] = [];
  #all: readonly Position[] = [];

  get all(): readonly Position[] {
    return this.#all;
  }

  /** A position was seen. One of another epoch than the present one means nothing until that epoch begins here. */
  saw(position: Position): void {
    const now = this.#current;
    if (now !== undefined && (now.epoch !== position.epoch || now.offset >= position.offset)) return;
    if (!this.isPast(position.epoch)) this.#set(position);
  }

  /** The present epoch, with a position in it. Another one that was the present one has ended. */
  begin(position: Position): void {
    const now = this.#current;
    if (now !== undefined && now.epoch !== position.epoch) {
      this.#past = [{ epoch: now.epoch, offset: EVERY }, ...this.#past].slice(0, MOST_PAST);
      this.#current = undefined;
    }
    this.saw(position);
  }

  isPast(epoch: string): boolean {
    return this.#past.some((past) => past.epoch === epoch);
  }

  #set(position: Position): void {
    this.#current = position;
    this.#all = [position, ...this.#past];
  }
}
