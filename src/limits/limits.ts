import type { ResolvedRate } from '../hub/rate-options.ts';

/** Port to the buckets of users that all nodes share. Implemented over the backplane. */
export interface SharedTokens {
  /**
   * Takes tokens, as many as there are, at most `count`. Never rejects. undefined: the other nodes cannot be reached.
   *
   * @param bucket Its name, the same on all nodes.
   */
  take(bucket: string, rate: ResolvedRate, count: number): Promise<TokensTaken | undefined>;
}

export interface TokensTaken {
  readonly taken: number;
  /** Milliseconds until there is a token again; 0: there is one. */
  readonly waitMs: number;
}
