import { type Clock, systemClock } from '../clock.ts';
import { isA, textOf, UnauthorizedError } from '../errors.ts';
import type { User } from '../hub/connection-info.ts';
import type { AuthServices } from './authenticator.ts';
import { type CompactToken, isCompact, readToken } from './compact-token.ts';
import { JwtIssuer, type Verified } from './jwt-issuer.ts';
import type { NamedOptions } from './jwt-rules.ts';
import { digestOf, TokenCache } from './token-cache.ts';
import { checkTime, latest } from './validity.ts';

/** About 10 MB. */
export const KNOWN_TOKENS = { entries: 10_000, weight: 16_000_000 };
export const REFUSED_TOKENS = { entries: 1_000, weight: 1_000_000 };
/** Bytes of an entry without the texts of its user. */
const ENTRY_BYTES = 500;
/** Bytes for each character of a user's JSON: objects take more than they are written in. */
const USER_FACTOR = 8;

/**
 * Verifies tokens. A client sends its token with each poll and POST, so what a signature was worth is remembered for a
 * minute: a known token is answered at once. Times are looked at each time.
 */
export class JwtVerifier {
  readonly #issuers: readonly JwtIssuer[];
  readonly #known = new TokenCache<Verified>(KNOWN_TOKENS);
  /** Reasons for which tokens were refused that had to be verified for that. A client may send one again and again. */
  readonly #refused = new TokenCache<string>(REFUSED_TOKENS);
  #clock: Clock = systemClock;

  /** @throws {OptionsError} when keys cannot be used. */
  constructor(issuers: readonly NamedOptions[]) {
    this.#issuers = issuers.map((issuer) => new JwtIssuer(issuer));
  }

  attach(services: AuthServices): () => void {
    this.#clock = services.clock;
    this.#forget();
    const detach = this.#issuers.map((issuer) => issuer.attach(services));
    return () => {
      for (const each of detach) each?.();
      this.#forget();
    };
  }

  /**
   * The user of a token; null: the text is no token.
   *
   * @throws {UnauthorizedError} when the token is wrong.
   */
  userOf(text: string): User | null | Promise<User> {
    // A known token is not looked at again; its digest costs less than that.
    if (!text.includes('.')) return null;
    const digest = digestOf(text);
    const now = this.#clock.now();
    const known = this.#known.get(digest, now);
    if (known !== undefined) return this.#timely(known);
    if (!isCompact(text)) return null;
    const reason = this.#refused.get(digest, now);
    if (reason !== undefined) throw new UnauthorizedError(reason);
    const token = readToken(text);
    return token === undefined ? null : this.#verified(token, digest);
  }

  /**
   * The moment from which on no token with this `jti` is good, as far as tokens are remembered.
   *
   * @param expiresAt The latest `exp` that somebody else remembers.
   */
  endOf(credentialId: string, expiresAt: number | undefined): number | undefined {
    const toleranceMs = Math.max(...this.#issuers.map((issuer) => issuer.toleranceMs));
    let end = expiresAt === undefined ? undefined : expiresAt + toleranceMs;
    for (const { user, validity } of this.#known.values()) {
      if (user.credentialId === credentialId) end = latest([end, validity.until]);
    }
    return end;
  }

  #verified(token: CompactToken, digest: string): Promise<User> {
    const issuer = this.#issuerOf(token);
    const now = this.#clock.wallNow();
    issuer.check(token, now);
    return this.#verify(issuer, token, digest, now);
  }

  async #verify(issuer: JwtIssuer, token: CompactToken, digest: string, now: number): Promise<User> {
    const key = await issuer.keyOf(token);
    const verified = await issuer.verify(token, key, now).catch((error: unknown) => {
      // Every other refusal costs little, and may end with the time or the keys.
      if (isA(UnauthorizedError, error)) this.#refused.set(digest, textOf(error), ENTRY_BYTES, this.#clock.now());
      throw error;
    });
    this.#known.set(digest, verified, weightOf(verified), this.#clock.now());
    return this.#timely(verified);
  }

  /** The token's own word for who has made it decides whose keys are tried. It has to be true for these keys. */
  #issuerOf({ claims }: CompactToken): JwtIssuer {
    const named = this.#issuers.find(({ names }) => names?.includes(claims.iss as string));
    const issuer = named ?? this.#issuers.find(({ names }) => names === undefined);
    if (issuer === undefined) throw new UnauthorizedError('The issuer of the token is unknown (iss).');
    return issuer;
  }

  #timely({ user, validity }: Verified): User {
    checkTime(validity, this.#clock.wallNow());
    return user;
  }

  #forget(): void {
    this.#known.clear();
    this.#refused.clear();
  }
}

function weightOf({ user }: Verified): number {
  return ENTRY_BYTES + USER_FACTOR * JSON.stringify(user).length;
}
