import type { Alarms } from '../clock.ts';
import { HubError } from '../errors.ts';
import type { OutboxName } from '../hub/outbox-options.ts';
import type { RateKind, ResolvedRates } from '../hub/rate-options.ts';
import type { SenderRates } from '../hub/routing.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { TokenBucket } from './bucket.ts';
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
  /** Made with the first call: most connections of a server are idle. */
  #own: Buckets | undefined;
  /** Made with the first refusal. */
  #refusals: Frequency | undefined;

  constructor(parts: ConnectionRatesParts) {
    this.#parts = parts;
  }

  /**
   * Counts a call.
   *
   * @param bytes Length of its record.
   * @returns the error that refuses it, and then nothing is counted; undefined: it may begin.
   */
  refuseCall(bytes: number): HubError | undefined {
    const now = this.#parts.alarms.realNow();
    const own = this.#buckets();
    const user = this.#user(now);
    const waitForCalls = waitFor(own.calls, user?.calls, 1, now);
    const wait = Math.max(waitForCalls, waitFor(own.bytes, user?.bytes, bytes, now));
    if (wait > 0) return this.#refuse(waitForCalls === wait ? 'calls' : 'bytes', wait);
    take(own.calls, user?.calls, 1, now);
    take(own.bytes, user?.bytes, bytes, now);
    return undefined;
  }

  /**
   * Counts an item of an upload.
   *
   * @returns the milliseconds after which it may be tried again, and then nothing is counted; 0: it may pass.
   */
  delayItem(bytes: number): number {
    return this.#count('bytes', bytes);
  }

  refuseMessage(outbox: OutboxName): HubError | undefined {
    const wait = this.#count(outbox, 1);
    return wait > 0 ? this.#refuse(outbox, wait) : undefined;
  }

  /** @returns the milliseconds to wait, and then nothing is counted; 0: none. */
  #count(kind: RateKind, cost: number): number {
    const own = this.#buckets()[kind];
    if (own === undefined) return 0;
    const now = this.#parts.alarms.realNow();
    const user = this.#user(now)?.[kind];
    const wait = waitFor(own, user, cost, now);
    if (wait === 0) take(own, user, cost, now);
    return wait;
  }

  #buckets(): Buckets {
    this.#own ??= new Buckets(this.#parts.rates);
    return this.#own;
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

/** Milliseconds until both buckets have so many tokens. */
function waitFor(own: TokenBucket | undefined, user: TokenBucket | undefined, cost: number, now: number): number {
  if (own === undefined) return 0;
  const wait = own.wait(cost, now);
  return user === undefined ? wait : Math.max(wait, user.wait(cost, now));
}

function take(own: TokenBucket | undefined, user: TokenBucket | undefined, cost: number, now: number): void {
  own?.take(cost, now);
  user?.take(cost, now);
}
