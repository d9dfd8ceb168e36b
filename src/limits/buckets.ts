import type { RateKind, ResolvedRate, ResolvedRates } from '../hub/rate-options.ts';
import { Bucket, type TokenBucket } from './bucket.ts';

/** Makes the bucket of one kind of rate. */
export type MakeBucket = (rate: ResolvedRate, kind: RateKind) => TokenBucket;

const localBucket: MakeBucket = (rate) => new Bucket(rate);

/** The buckets of one connection, or of one user; undefined: a kind without a rate. */
export class Buckets {
  readonly calls: TokenBucket | undefined;
  readonly bytes: TokenBucket | undefined;
  readonly broadcast: TokenBucket | undefined;
  readonly whisper: TokenBucket | undefined;

  /** @param make Default: buckets of this node alone. */
  constructor({ calls, bytes, broadcast, whisper }: ResolvedRates, make = localBucket) {
    this.calls = calls && make(calls, 'calls');
    this.bytes = bytes && make(bytes, 'bytes');
    this.broadcast = broadcast && make(broadcast, 'broadcast');
    this.whisper = whisper && make(whisper, 'whisper');
  }

  /** Whether they are as good as new ones. */
  areFull(now: number): boolean {
    return [this.calls, this.bytes, this.broadcast, this.whisper].every((bucket) => bucket?.isFull(now) !== false);
  }
}
