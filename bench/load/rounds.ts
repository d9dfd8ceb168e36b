import type { Counter, Flow } from './flow.ts';

/** Traffic that goes round by round: the next one is sent when everybody has got everything of the last. */
export class Rounds implements Flow {
  readonly #counter: Counter;
  readonly #deliveries: number;
  readonly #send: () => void;
  #missing = 0;
  /** Once the last round has begun. */
  #stopped: (() => void) | undefined;

  /**
   * @param deliveries How many each round leads to.
   * @param send Sends the messages of a round.
   */
  constructor(counter: Counter, deliveries: number, send: () => void) {
    this.#counter = counter;
    this.#deliveries = deliveries;
    this.#send = send;
  }

  /** Begins a round, and the others behind it. */
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

  /** A message of this round has arrived that was sent at `sent`. */
  arrived(sent: number): void {
    this.#counter.arrived(sent);
    this.#missing -= 1;
    if (this.#missing > 0) return;
    if (this.#stopped === undefined) this.start();
    else this.#stopped();
  }
}
