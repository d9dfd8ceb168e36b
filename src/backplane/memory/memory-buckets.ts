import type { Clock } from '../../clock.ts';
import type { TakenTokens, TokenRate } from '../backplane.ts';
import { ExpiringMap } from './expiring-map.ts';

/** Part of a token that arithmetic with fractions may lose. */
const ROUNDING = 1e-6;

/** A bucket at a moment. */
interface Bucket {
  /** Tokens that have been taken, and have not come back. */
  readonly used: number;
  readonly at: number;
}

/** Buckets of tokens in memory. One that is full is forgotten. */
export class MemoryBuckets {
  readonly #clock: Clock;
  readonly #buckets: ExpiringMap<Bucket>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#buckets = new ExpiringMap(clock);
  }

  take(name: string, { perSecond, burst }: TokenRate, count: number): TakenTokens {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(name) ?? { used: 0, at: now };
    const before = Math.max(0, bucket.used - ((now - bucket.at) * perSecond) / 1_000);
    const taken = Math.max(0, Math.min(count, Math.floor(burst - before + ROUNDING)));
    const used = before + taken;
    this.#buckets.set(name, { used, at: now }, Math.ceil((used / perSecond) * 1_000));
    const missing = used + 1 - burst;
    return { taken, waitMs: missing <= ROUNDING ? 0 : Math.ceil((missing / perSecond) * 1_000) };
  }
}
