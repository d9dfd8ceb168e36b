import type { Alarm, Alarms } from '../clock.ts';

export interface Rate {
  /** So many messages ... */
  readonly messages: number;
  /** ... in so many milliseconds. As many may come at once. */
  readonly perMs: number;
}

/** A token bucket: who finds it empty waits for his turn, in the order of asking. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #alarms: Alarms;
  readonly #refill: Alarm;
  readonly #waiting: (() => void)[] = [];
  #tokens: number;
  #filledAt: number;
  #isLifted = false;

  constructor(rate: Rate, alarms: Alarms) {
    this.#rate = rate;
    this.#alarms = alarms;
    this.#tokens = rate.messages;
    this.#filledAt = alarms.realNow();
    this.#refill = alarms.punctual(() => this.#serve());
  }

  /** Takes a token: undefined when there was one, else a promise for when there is. */
  take(): Promise<void> | undefined {
    if (this.#isLifted) return undefined;
    this.#fill();
    if (this.#waiting.length === 0 && this.#tokens >= 1) {
      this.#tokens -= 1;
      return undefined;
    }
    const turn = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#wait();
    return turn;
  }

  /** Whoever waits has his turn now, and nobody waits any more. */
  lift(): void {
    this.#isLifted = true;
    this.#refill.clear();
    for (const turn of this.#waiting.splice(0)) turn();
  }

  #fill(): void {
    const now = this.#alarms.realNow();
    const grown = ((now - this.#filledAt) / this.#rate.perMs) * this.#rate.messages;
    this.#tokens = Math.min(this.#rate.messages, this.#tokens + grown);
    this.#filledAt = now;
  }

  #serve(): void {
    this.#fill();
    while (this.#tokens >= 1) {
      const turn = this.#waiting.shift();
      if (turn === undefined) return;
      this.#tokens -= 1;
      turn();
    }
    this.#wait();
  }

  #wait(): void {
    if (this.#waiting.length === 0 || this.#refill.isSet) return;
    this.#refill.set(((1 - this.#tokens) * this.#rate.perMs) / this.#rate.messages);
  }
}
