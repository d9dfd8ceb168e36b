import type { Alarm, Alarms } from '../clock.ts';
import type { ResolvedRate } from '../hub/rate-options.ts';

/** A token bucket with a queue: callers that find it empty get the next tokens, first come, first served. */
export class RateLimit {
  readonly #rate: ResolvedRate;
  readonly #alarms: Alarms;
  readonly #refill: Alarm;
  readonly #waiting: (() => void)[] = [];
  #tokens: number;
  #filledAt: number;
  #isLifted = false;

  constructor(rate: ResolvedRate, alarms: Alarms) {
    this.#rate = rate;
    this.#alarms = alarms;
    this.#tokens = rate.burst;
    this.#filledAt = alarms.realNow();
    this.#refill = alarms.punctual(() => this.#serve());
  }

  /** Takes a token. @returns false when there is none, or others wait for it. */
  take(): boolean {
    if (this.#isLifted) return true;
    this.#fill();
    if (this.#waiting.length > 0 || this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes a token as soon as there is one for this caller. Call it when `take` has found none. */
  next(): Promise<void> {
    const token = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#wait();
    return token;
  }

  /** Removes the limit: all waiting callers go on now, and later ones do not wait. */
  lift(): void {
    this.#isLifted = true;
    this.#refill.clear();
    for (const goOn of this.#waiting.splice(0)) goOn();
  }

  #fill(): void {
    const now = this.#alarms.realNow();
    const grown = ((now - this.#filledAt) / 1_000) * this.#rate.perSecond;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + grown);
    this.#filledAt = now;
  }

  #serve(): void {
    this.#fill();
    while (this.#tokens >= 1) {
      const goOn = this.#waiting.shift();
      if (goOn === undefined) return;
      this.#tokens -= 1;
      goOn();
    }
    this.#wait();
  }

  #wait(): void {
    if (this.#waiting.length === 0 || this.#refill.isSet) return;
    this.#refill.set(((1 - this.#tokens) * 1_000) / this.#rate.perSecond);
  }
}
