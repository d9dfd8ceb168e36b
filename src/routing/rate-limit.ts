import type { Alarm, Alarms } from '../clock.ts';
import type { ResolvedRate } from '../hub/rate-options.ts';

/** Longest time between the moment for which an alarm is set and the alarm, in seconds. */
const LATEST_S = 0.2;

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

  /** Removes the limit: all waiting callers go on now, and later ones do not wait. @returns whether there were some. */
  lift(): boolean {
    this.#isLifted = true;
    this.#refill.clear();
    const waiting = this.#waiting.splice(0);
    for (const goOn of waiting) goOn();
    return waiting.length > 0;
  }

  #fill(): void {
    const now = this.#alarms.realNow();
    const grown = ((now - this.#filledAt) / 1_000) * this.#rate.perSecond;
    // Alarms are not exact. Tokens that come while somebody waits are kept, or a high rate would not be reached.
    const late = this.#waiting.length === 0 ? 0 : this.#rate.perSecond * LATEST_S;
    this.#tokens = Math.max(this.#tokens, Math.min(this.#rate.burst + late, this.#tokens + grown));
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
