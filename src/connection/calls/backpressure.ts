import type { Lane } from '../../routing/lane.ts';

/** Backpressure on a client's own calls and streams: they wait while its lane has enough to write. */
export class Backpressure {
  readonly #lane: Lane;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  /** Whether the lane holds as much as one turn writes: more replies would only wait in memory. */
  get isTurnFull(): boolean {
    return this.#lane.isTurnFull;
  }

  /**
   * Whether the lane holds more than its limits allow: a client that does not read gets no more replies. false when the
   * lane has ended: nothing is added to it any more, and the calls of a client that has left still run.
   */
  get isOverfull(): boolean {
    return this.#lane.isOpen && this.#lane.isOverfull;
  }

  /** Resolves when the lane has room again; undefined: it has room now. */
  relief(): Promise<void> | undefined {
    return this.#lane.isOpen && this.#lane.isBusy ? this.#lane.relief() : undefined;
  }
}
