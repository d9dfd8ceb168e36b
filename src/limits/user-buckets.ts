import type { RateKind, ResolvedRate, ResolvedRates } from '../hub/rate-options.ts';
import { Bucket, type TokenBucket } from './bucket.ts';
import { Buckets } from './buckets.ts';

/** Makes a bucket of one user. @param rate That of the user. */
export type MakeUserBucket = (rate: ResolvedRate, kind: RateKind, userId: string) => TokenBucket;

const localBucket: MakeUserBucket = (rate) => new Bucket(rate);

/** Number of users that are looked at when another one comes: more than one, so that those who have gone become fewer. */
const LOOKED_AT = 2;

/**
 * Milliseconds for which buckets are kept once they are full. Those of most users are full again before the next call,
 * and would be made anew for each.
 */
const KEPT_MS = 60_000;

/**
 * The buckets of all users of a hub. They outlive the connections of a user: who reconnects has no more than who stays.
 * Buckets that have been full for a minute are forgotten, a few whenever another user comes, so that there is no timer,
 * and no loop over all.
 */
export class UserBuckets {
  readonly #rates: ResolvedRates;
  readonly #make: MakeUserBucket;
  /** By user id, those that were looked at least lately in front. */
  readonly #users = new Map<string, Buckets>();

  /** @param make Default: buckets of this node alone. */
  constructor(rates: ResolvedRates, make = localBucket) {
    this.#rates = rates;
    this.#make = make;
  }

  get size(): number {
    return this.#users.size;
  }

  of(userId: string, now: number): Buckets {
    const known = this.#users.get(userId);
    if (known !== undefined) return known;
    this.#forget(now);
    const { perUserFactor } = this.#rates;
    const buckets = new Buckets(this.#rates, ({ perSecond, burst }, kind) =>
      this.#make({ perSecond: perSecond * perUserFactor, burst: burst * perUserFactor }, kind, userId),
    );
    this.#users.set(userId, buckets);
    return buckets;
  }

  #forget(now: number): void {
    let looked = 0;
    for (const [userId, buckets] of this.#users) {
      if (looked === LOOKED_AT) return;
      looked += 1;
      this.#users.delete(userId);
      // To the end: the others have their turn.
      if (!buckets.areFull(now - KEPT_MS)) this.#users.set(userId, buckets);
    }
  }
}
