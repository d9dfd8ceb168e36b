import type { ResolvedRates } from '../hub/rate-options.ts';
import { Bucket } from './bucket.ts';

/** The buckets of one connection, or of one user; undefined: a kind without a rate. */
export class Buckets {
  readonly calls: Bucket | undefined;
  readonly bytes: Bucket | undefined;
  readonly broadcast: Bucket | undefined;
  readonly whisper: Bucket | undefined;

  /** @param factor Multiplies the rates. */
  constructor({ calls, bytes, broadcast, whisper }: ResolvedRates, factor = 1) {
    this.calls = calls && new Bucket(calls, factor);
    this.bytes = bytes && new Bucket(bytes, factor);
    this.broadcast = broadcast && new Bucket(broadcast, factor);
    this.whisper = whisper && new Bucket(whisper, factor);
  }

  /** Whether they are as good as new ones. */
  areFull(now: number): boolean {
    return [this.calls, this.bytes, this.broadcast, this.whisper].every((bucket) => bucket?.isFull(now) !== false);
  }
}
