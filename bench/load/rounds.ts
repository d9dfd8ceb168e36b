import type { Traffic } from './traffic.ts';

/** Traffic that goes round by round: the next one is sent when everybody has got everything of the last. */
export class Rounds {
  readonly #traffic: Traffic;
  readonly #deliveries: number;
  readonly #send: () => void;
  #missing = 0;

  /**
   * @param deliveries How many each round leads to.
   * @param send Sends the messages of a round.
   */
  constructor(traffic: Traffic, deliveries: number, send: () => void) {
    this.#traffic = traffic;
    this.#deliveries = deliveries;
    this.#send = send;
  }

  /** Begins a round. */
  next(): void {
    this.#missing = this.#deliveries;
    this.#send();
  }

  /** A message of this round has arrived that was sent at `sent`. */
  arrived(sent: number): void {
    this.#traffic.arrived(sent);
    this.#missing -= 1;
    if (this.#missing === 0) this.next();
  }
}
