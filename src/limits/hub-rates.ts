import type { Alarms } from '../clock.ts';
import type { ResolvedRates } from '../hub/rate-options.ts';
import { ConnectionRates } from './connection-rates.ts';
import { LeasedBucket } from './leased-bucket.ts';
import type { SharedTokens } from './limits.ts';
import type { RatesListener } from './rates-listener.ts';
import { type MakeUserBucket, UserBuckets } from './user-buckets.ts';

/** The rates of one hub (`rates`). Those of connections are local to this node, those of users for all nodes. */
export class HubRates {
  readonly #rates: ResolvedRates;
  readonly #alarms: Alarms;
  readonly #users: UserBuckets;

  /** @param shared undefined: there are no other nodes. @param hub Key of the hub, the same on all nodes. */
  constructor(rates: ResolvedRates, alarms: Alarms, hub: string, shared: SharedTokens | undefined) {
    this.#rates = rates;
    this.#alarms = alarms;
    const now = (): number => alarms.realNow();
    const leased: MakeUserBucket = (rate, kind, userId) =>
      new LeasedBucket(rate, JSON.stringify([hub, kind, userId]), shared as SharedTokens, now);
    this.#users = new UserBuckets(rates, shared && leased);
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
