import type { Clock } from '../../clock.ts';

/** A call that waits for its answer. */
export interface Waiting {
  readonly since: number;
}

/**
 * The deadline of the calls on one connection. They are answered in their order, so one timer for the oldest of them
 * is enough.
 */
export class ReplyDeadline {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #missed: () => void;
  /** In the order in which they began. */
  readonly #waiting = new Set<Waiting>();
  #timer: unknown;

  /** @param missed Is called when a call was not answered in time. */
  constructor(clock: Clock, ms: number, missed: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#missed = missed;
  }

  begin(): Waiting {
    const waiting = { since: this.#clock.now() };
    this.#waiting.add(waiting);
    if (this.#timer === undefined) this.#watch(this.#ms);
    return waiting;
  }

  end(waiting: Waiting): void {
    this.#waiting.delete(waiting);
  }

  dispose(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #watch(ms: number): void {
    // Answers that arrived while the event loop was blocked are read before anything is called late.
    this.#timer = this.#clock.setTimeout(() => setImmediate(() => this.#look()), ms);
  }

  #look(): void {
    this.#timer = undefined;
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    const leftMs = oldest.since + this.#ms - this.#clock.now();
    if (leftMs > 0) this.#watch(leftMs);
    else this.#missed();
  }
}
