import { UnauthorizedError } from '../errors.ts';
import type { Claims } from './compact-token.ts';

/** Time in which a token is good, in milliseconds since 1970. */
export interface Validity {
  /** Its `exp`. */
  readonly expiresAt: number;
  /** Its `iat`. */
  readonly issuedAt: number | undefined;
  /** The first moment at which it is good: the later of `nbf` and `iat`, less the tolerance. */
  readonly from: number;
  /** The first moment at which it is good no longer: `exp` and the tolerance. */
  readonly until: number;
}

/** The times of ECMAScript end here. */
const LATEST_MS = 8.64e15;

/** @throws {UnauthorizedError} when `exp` is missing, or one of the claims is no time. */
export function validityOf(claims: Claims, toleranceMs: number): Validity {
  const [expiresAt, notBefore, issuedAt] = ['exp', 'nbf', 'iat'].map((name) => momentOf(claims, name));
  if (expiresAt === undefined) throw new UnauthorizedError('The token never expires: it has no exp.');
  const from = Math.max(notBefore ?? -Infinity, issuedAt ?? -Infinity) - toleranceMs;
  return { expiresAt, issuedAt, from, until: expiresAt + toleranceMs };
}

/**
 * @param now Milliseconds since 1970.
 * @throws {UnauthorizedError} outside of the time in which a token is good.
 */
export function checkTime({ from, until }: Validity, now: number): void {
  if (now >= until) throw new UnauthorizedError('The token has expired (exp).');
  if (now < from) throw new UnauthorizedError('The token is not good yet (nbf, iat).');
}

/** The latest of some moments; undefined: there is none. */
export function latest(moments: Iterable<number | undefined>): number | undefined {
  let found: number | undefined;
  for (const moment of moments) if (moment !== undefined && (found === undefined || moment > found)) found = moment;
  return found;
}

/** Milliseconds of a NumericDate (RFC 7519, section 2), which has seconds. */
function momentOf(claims: Claims, name: string): number | undefined {
  if (!Object.hasOwn(claims, name)) return undefined;
  const ms = typeof claims[name] === 'number' ? claims[name] * 1_000 : Number.NaN;
  if (Math.abs(ms) <= LATEST_MS) return ms;
  throw new UnauthorizedError(`The claim ${name} of the token is no time: it must be seconds since 1970.`);
}
