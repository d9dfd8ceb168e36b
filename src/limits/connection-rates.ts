import type { Alarms } from '../clock.ts';
import { HubError } from '../errors.ts';
import type { OutboxName } from '../hub/outbox-options.ts';
import type { RateKind, ResolvedRates } from '../hub/rate-options.ts';
import type { SenderRates } from '../hub/routing.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { Buckets } from './buckets.ts';
import { Frequency } from './frequency.ts';
import type { RatesListener } from './rates-listener.ts';
import type { UserBuckets } from './user-buckets.ts';

/** Milliseconds within which refusals are counted (`patience`). */
const PATIENCE_MS = 10_000;

export interface ConnectionRatesParts {
  readonly rates: ResolvedRates;
  readonly users: UserBuckets;
  readonly alarms: Alarms;
  /** undefined: an anonymous one. */
  readonly userId: string | undefined;
  readonly listener: RatesListener;
}

/** What one connection may send: less than its own rates, and less than those of its user. */
export class ConnectionRates implements SenderRates {
  readonly #parts: ConnectionRatesParts;
  readonly #own: Buckets;
  /** Made with the first refusal. */
  #refusals: Frequency | undefined;

  constructor(parts: ConnectionRatesParts) {
    this.#parts = parts;
    this.#own = new Buckets(parts.rates);
  }

  /**
   * Counts a call.
   *
   * @param bytes Length of its record.
   * @returns the error that refuses it, and then nothing is counted; undefined: it may begin.
   */
  refuseCall(bytes: number): HubError | undefined {
    const now = this.#parts.alarms.realNow();
    const calls = this.#wait('calls', 1, now);
    const wait = Math.max(calls, this.#wait('bytes', bytes, now));
    if (wait > 0) return this.#refuse(calls === wait ? 'calls' : 'bytes', wait);
    this.#take('calls', 1, now);
    this.#take('bytes', bytes, now);
    return undefined;
  }

  /**
   * Counts an item of an upload.
   *
   * @returns the milliseconds after which it may be tried again, and then nothing is counted; 0: it may pass.
   */
  delayItem(bytes: number): number {
    const now = this.#parts.alarms.realNow();
    const wait = this.#wait('bytes', bytes, now);
    if (wait === 0) this.#take('bytes', bytes, now);
    return wait;
  }

  refuseMessage(outbox: OutboxName): HubError | undefined {
    const now = this.#parts.alarms.realNow();
    const wait = this.#wait(outbox, 1, now);
    if (wait > 0) return this.#refuse(outbox, wait);
    this.#take(outbox, 1, now);
    return undefined;
  }

  #wait(kind: RateKind, cost: number, now: number): number {
    const own = this.#own.of(kind);
    if (own === undefined) return 0;
    return Math.max(own.wait(cost, now), this.#user(now)?.of(kind)?.wait(cost, now) ?? 0);
  }

  #take(kind: RateKind, cost: number, now: number): void {
    this.#own.of(kind)?.take(cost, now);
    this.#user(now)?.of(kind)?.take(cost, now);
  }

  #user(now: number): Buckets | undefined {
    const { userId, users } = this.#parts;
    return userId === undefined ? undefined : users.of(userId, now);
  }

  #refuse(kind: RateKind, wait: number): HubError {
    const { alarms, listener, rates } = this.#parts;
    listener.refused(kind);
    // The refusal that is one too many is not counted.
    this.#refusals ??= new Frequency(rates.patience - 1, PATIENCE_MS);
    if (!this.#refusals.take(alarms.realNow())) listener.exhausted();
    return new HubError(errorTexts.tooMuch(kind, Math.ceil(wait)));
  }
}
