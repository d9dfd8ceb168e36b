import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { User } from '../hub/connection-info.ts';
import { isPromiseLike, promiseOf } from '../promises.ts';
import type { Authenticator } from './authenticator.ts';

/**
 * An authenticator around another one: its answers pass a check, and everything else is that of the other one. It
 * answers at once when the other one does, for every poll and POST asks it.
 *
 * @param check Gets each answer. @throws to refuse the request.
 */
export function around(
  inner: Authenticator,
  check: (user: User | null, request: HttpRequestInfo) => User | null,
): Authenticator {
  const authenticator: Authenticator = (request, raw) => {
    const answer = inner(request, raw);
    if (!isPromiseLike(answer)) return check(answer, request);
    return promiseOf(answer).then((user) => check(user as User | null, request));
  };
  authenticator.attach = (services) => inner.attach?.(services) ?? (() => {});
  authenticator.endOf = (credentialId, expiresAt) => inner.endOf?.(credentialId, expiresAt);
  return authenticator;
}
