import { UnauthorizedError } from '../errors.ts';
import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { User } from '../hub/connection-info.ts';
import { around } from './around.ts';
import type { Authenticator } from './authenticator.ts';
import { apiKeyOf } from './credential.ts';

/** By each strict authenticator, the one inside of it, which knows its own kind only. */
const INNER = new WeakMap<Authenticator, Authenticator>();

/**
 * An authenticator that refuses a credential that it does not know, also on hubs for everybody: a mistyped key must not
 * become a stranger. `firstOf` takes the inner ones, so that each gets its turn.
 */
export function strict(inner: Authenticator): Authenticator {
  const authenticator = around(inner, checked);
  INNER.set(authenticator, inner);
  return authenticator;
}

/** The authenticator inside of a strict one; undefined: it is not strict, but one of the user's own. */
export function innerOf(authenticator: Authenticator): Authenticator | undefined {
  return INNER.get(authenticator);
}

/** @throws {UnauthorizedError} when there is a credential, and nobody knows it. */
function checked(user: User | null, request: HttpRequestInfo): User | null {
  if (user === null && apiKeyOf(request) !== undefined) throw new UnauthorizedError('Nobody knows this credential.');
  return user;
}
