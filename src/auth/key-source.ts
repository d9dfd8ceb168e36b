import type { CryptoKey, KeyObject } from 'jose';
import type { Clock } from '../clock.ts';
import { OptionsError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Claims } from './compact-token.ts';
import type { JwtOptions } from './jwt-options.ts';

export const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
export const PUBLIC_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

/** One with which a signature is verified. */
export type VerificationKey = CryptoKey | KeyObject | Uint8Array;

/** The keys of one issuer. */
export interface KeySource {
  /** Algorithms that a token may be signed with: never those of secrets together with those of public keys. */
  readonly algorithms: readonly string[];
  /**
   * The key that verifies a token with this header, whose algorithm is one of `algorithms`.
   *
   * @throws {UnauthorizedError} when there is none.
   */
  find(header: Claims): VerificationKey | Promise<VerificationKey>;
  /** Uses the time and the log of a server from now on. Returns what lets go of everything. */
  attach?(clock: Clock, log: Log): () => void;
}

/**
 * The algorithms of an issuer.
 *
 * @param possible Those of its kind of key.
 * @param kind Name of this kind, for the error.
 * @throws {OptionsError} when the option names another one.
 */
export function algorithmsOf(
  possible: readonly string[],
  kind: string,
  { algorithms = possible }: JwtOptions,
  call: string,
): readonly string[] {
  const foreign = algorithms.find((algorithm) => !possible.includes(algorithm));
  if (foreign === undefined) return algorithms;
  throw new OptionsError(
    `${call}: algorithms has ${foreign}, but ${kind} is for ${possible.join(', ')} only. ` +
      'Algorithms of secrets and of public keys never go together.',
  );
}
