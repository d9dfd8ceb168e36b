import { errors, type JWTPayload, jwtVerify } from 'jose';
import { UnauthorizedError } from '../errors.ts';
import type { User } from '../hub/connection-info.ts';
import type { AuthServices } from './authenticator.ts';
import { userOf } from './claims.ts';
import type { CompactToken } from './compact-token.ts';
import { keysOf } from './issuer-keys.ts';
import type { JwtOptions } from './jwt-options.ts';
import { issuersOf, type NamedOptions } from './jwt-rules.ts';
import type { KeySource, VerificationKey } from './key-source.ts';
import { checkTime, type Validity, validityOf } from './validity.ts';

const TOLERANCE_MS = 60_000;

/** A verified token. */
export interface Verified {
  readonly user: User;
  readonly validity: Validity;
}

/** An issuer of tokens: its names, its keys, and what its claims mean. */
export class JwtIssuer {
  /** undefined: it is the one of all tokens that name none of the others. */
  readonly names: readonly string[] | undefined;
  /** Milliseconds for which a token is good after its `exp`. */
  readonly toleranceMs: number;
  readonly #options: JwtOptions;
  readonly #keys: KeySource;

  /** @throws {OptionsError} when its keys cannot be used. */
  constructor(named: NamedOptions) {
    this.#options = named.options;
    this.names = issuersOf(named.options);
    this.#keys = keysOf(named);
    this.toleranceMs = named.options.clockToleranceMs ?? TOLERANCE_MS;
  }

  attach({ clock, log }: AuthServices): (() => void) | undefined {
    return this.#keys.attach?.(clock, log);
  }

  /**
   * Checks everything of a token that needs no key, because that costs little.
   *
   * @param now Milliseconds since 1970.
   * @throws {UnauthorizedError}
   */
  check({ header, claims }: CompactToken, now: number): void {
    if (!this.#keys.algorithms.includes(header.alg as string))
      throw new UnauthorizedError('The algorithm of the token is none of its issuer (alg).');
    checkTime(validityOf(claims, this.toleranceMs), now);
  }

  /** Finds the key of a token. @throws {UnauthorizedError} when there is none. */
  async keyOf({ header }: CompactToken): Promise<VerificationKey> {
    return this.#keys.find(header);
  }

  /**
   * Verifies a token that has been checked.
   *
   * @param now The moment at which it was, in milliseconds since 1970.
   * @throws {UnauthorizedError} when its signature or a claim is wrong.
   */
  async verify({ text }: CompactToken, key: VerificationKey, now: number): Promise<Verified> {
    const claims = await this.#claimsOf(text, key, now);
    const validity = validityOf(claims, this.toleranceMs);
    return { user: userOf(claims, validity, this.#options), validity };
  }

  async #claimsOf(text: string, key: VerificationKey, now: number): Promise<JWTPayload> {
    const { audience } = this.#options;
    try {
      const { payload } = await jwtVerify(text, key, {
        algorithms: [...this.#keys.algorithms],
        ...(this.names === undefined ? {} : { issuer: [...this.names] }),
        ...(audience === undefined ? {} : { audience: typeof audience === 'string' ? audience : [...audience] }),
        currentDate: new Date(now),
        // jose counts in whole seconds, so it is not asked for the last one: `checkTime` is exact.
        clockTolerance: this.toleranceMs / 1_000 + 1,
      });
      return payload;
    } catch (error) {
      throw new UnauthorizedError(reasonOf(error), { cause: error });
    }
  }
}

/** Why jose refuses a token, without its own words, which may quote the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong.';
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return `The claim ${error.claim} of the token is ${error.reason === 'missing' ? 'missing' : 'wrong'}.`;
  return 'The token cannot be verified.';
}
