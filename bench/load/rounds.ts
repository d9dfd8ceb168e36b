import type { Counter, Flow } from './flow.ts';

/** Traffic in rounds: the next round is sent when all receivers have got all messages of the last one. */
export class Rounds implements Flow {
  readonly #counter: Counter;
  readonly #deliveries: number;
  readonly #send: () => void;
  #missing = 0;
  /** Set by `stop`: called when the last round is complete. */
  #stopped: (() => void) | undefined;

  /**
   * @param deliveries Number of deliveries of each round.
   * @param send Sends the messages of a round.
   */
  constructor(counter: Counter, deliveries: number, send: () => void) {
    this.#counter = counter;
    this.#deliveries = deliveries;
    this.#send = send;
  }

  /** Begins the first round; the others follow. */
  start(): void {
    this.#stopped = undefined;
    this.#missing = this.#deliveries;
    this.#send();
  }

  stop(): Promise<void> {
    if (this.#missing === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stopped = resolve;
    });
  }

  /** Counts a message of this round that was sent at `sent`. */
  arrived(sent: number): void {
    this.#counter.arrived(sent);
    this.#missing -= 1;
    if (this.#missing > 0) return;
    if (this.#stopped === undefined) this.start();
    else this.#stopped();
  }
}
