import { RATE_KINDS, type RateKind, type ResolvedRates } from '../hub/rate-options.ts';
import { Bucket } from './bucket.ts';

/** The buckets of one connection, or of one user. Each is made when it is first used: most never are. */
export class Buckets {
  readonly #rates: ResolvedRates;
  readonly #factor: number;
  readonly #buckets: { [Kind in RateKind]?: Bucket } = {};

  /** @param factor Multiplies the rates. */
  constructor(rates: ResolvedRates, factor = 1) {
    this.#rates = rates;
    this.#factor = factor;
  }

  /** The bucket of a kind; undefined: it has no rate. */
  of(kind: RateKind): Bucket | undefined {
    const rate = this.#rates[kind];
    if (rate === undefined) return undefined;
    this.#buckets[kind] ??= new Bucket(rate, this.#factor);
    return this.#buckets[kind];
  }

  /** Whether they are as good as new ones. */
  areFull(now: number): boolean {
    return RATE_KINDS.every((kind) => this.#buckets[kind]?.isFull(now) !== false);
  }
}
