import type { Alarms } from '../clock.ts';
import type { ResolvedRates } from '../hub/rate-options.ts';
import { ConnectionRates } from './connection-rates.ts';
import type { RatesListener } from './rates-listener.ts';
import { UserBuckets } from './user-buckets.ts';

/** The rates of one hub (`rates`), local to this node. */
export class HubRates {
  readonly #rates: ResolvedRates;
  readonly #alarms: Alarms;
  readonly #users: UserBuckets;

  constructor(rates: ResolvedRates, alarms: Alarms) {
    this.#rates = rates;
    this.#alarms = alarms;
    this.#users = new UserBuckets(rates);
  }

  /** Number of users whose rates are remembered. */
  get users(): number {
    return this.#users.size;
  }

  /** @param userId undefined: an anonymous connection has its own rates only. */
  open(userId: string | undefined, listener: RatesListener): ConnectionRates {
    return new ConnectionRates({ rates: this.#rates, users: this.#users, alarms: this.#alarms, userId, listener });
  }
}
