import type { Lane } from '../../routing/lane.ts';

/** Tells when a client's own calls and streams have to wait, because its lane has enough to write. */
export class Backpressure {
  readonly #lane: Lane;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  /** Whether there is as much to write as one turn takes: more replies would only wait for their turn, in memory. */
  get isTurnFull(): boolean {
    return this.#lane.isTurnFull;
  }

  /**
   * Whether more waits for the client than its lane's limits allow: a client that does not read gets no more replies.
   * Never when the lane has ended: nothing is added to it any more, and the calls of a client that has left still run.
   */
  get isOverfull(): boolean {
    return this.#lane.isOpen && this.#lane.isOverfull;
  }

  /** Resolves when the client keeps up; undefined: it does now. */
  relief(): Promise<void> | undefined {
    return this.#lane.isOpen && this.#lane.isBusy ? this.#lane.relief() : undefined;
  }
}
