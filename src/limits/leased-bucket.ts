import type { ResolvedRate } from '../hub/rate-options.ts';
import { Bucket, type TokenBucket } from './bucket.ts';
import type { SharedTokens } from './limits.ts';

/** Number of tokens that are leased at once, at least. */
const LEAST_LEASED = 10;
/** Part of a full bucket that is leased at once, if that is more. */
const LEASED_PART = 0.1;
/** Milliseconds in which a lease comes, as a rule. */
const LEASED_MS = 100;
/** Milliseconds after which nodes that could not be reached are asked again. */
const ALONE_MS = 1_000;

/**
 * The bucket of one user on one of several nodes: what all nodes together admit is limited, and no message waits for
 * them. Tokens are leased from the bucket that all share, before they are needed. As many as a lease may be used before
 * they were leased. So the nodes together admit no more than the rate, and a lease for each node on top. What one node
 * admits is limited by the rate in any case, also while the others cannot be reached.
 */
export class LeasedBucket implements TokenBucket {
  readonly #own: Bucket;
  readonly #rate: ResolvedRate;
  readonly #name: string;
  readonly #shared: SharedTokens;
  readonly #now: () => number;
  readonly #lease: number;
  /** Milliseconds to wait for a lease that is on its way. */
  readonly #leasedMs: number;
  /** Leased and not used; below 0: used and not leased. */
  #tokens = 0;
  #isAsking = false;
  /** Moment until which there are no tokens. */
  #emptyUntil = Number.NEGATIVE_INFINITY;
  /** Moment until which the other nodes are not asked. */
  #aloneUntil = Number.NEGATIVE_INFINITY;

  /** @param rate That of the user, on all nodes together. @param now Milliseconds, as in `wait`. */
  constructor(rate: ResolvedRate, name: string, shared: SharedTokens, now: () => number) {
    this.#own = new Bucket(rate);
    this.#rate = rate;
    this.#name = name;
    this.#shared = shared;
    this.#now = now;
    this.#leasedMs = Math.min(LEASED_MS, 1_000 / rate.perSecond);
    this.#lease = Math.max(LEAST_LEASED, Math.ceil(rate.burst * LEASED_PART));
  }

  wait(cost: number, now: number): number {
    const own = this.#own.wait(cost, now);
    if (own > 0 || now < this.#aloneUntil || this.#tokens >= cost) return own;
    if (now < this.#emptyUntil) return this.#emptyUntil - now;
    // A lease is on its way, and as much as it has was used before it came.
    if (this.#tokens < 0 && this.#tokens - cost < -this.#lease) return this.#leasedMs;
    return 0;
  }

  take(cost: number, now: number): void {
    this.#own.take(cost, now);
    if (now < this.#aloneUntil) return;
    this.#tokens -= cost;
    if (this.#tokens < this.#lease / 2 && now >= this.#emptyUntil) void this.#ask();
  }

  isFull(now: number): boolean {
    return !this.#isAsking && this.#own.isFull(now);
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const wanted = this.#lease - Math.min(0, Math.floor(this.#tokens));
    const answer = await this.#shared.take(this.#name, this.#rate, wanted);
    this.#isAsking = false;
    const now = this.#now();
    if (answer === undefined) {
      this.#aloneUntil = now + ALONE_MS;
      this.#tokens = 0;
      return;
    }
    this.#tokens += answer.taken;
    if (this.#tokens <= 0) this.#emptyUntil = now + answer.waitMs;
  }
}
