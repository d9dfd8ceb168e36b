import { OptionsError } from '../errors.ts';
import type { User } from '../hub/connection-info.ts';
import { isPromiseLike, promiseOf } from '../promises.ts';
import type { Authenticator } from './authenticator.ts';
import { innerOf, strict } from './strict.ts';
import { latest } from './validity.ts';

/**
 * An authenticator that asks several, in this order, until one knows the credential. One that throws ends the search:
 * the credential is of its kind, and wrong. With `jwt` or `apiKeys` among them, a credential that none of them knows is
 * refused. It answers at once as long as those that it asks do.
 *
 * @throws {OptionsError} when one of them is no function, or there is none.
 */
export function firstOf(...authenticators: readonly Authenticator[]): Authenticator {
  const wrong = authenticators.findIndex((authenticator) => typeof authenticator !== 'function');
  if (authenticators.length === 0)
    throw new OptionsError('firstOf needs at least one authenticator, such as jwt(...).');
  if (wrong !== -1) throw new OptionsError(`firstOf: authenticator ${wrong + 1} is no function.`);
  const inner = authenticators.map((authenticator) => innerOf(authenticator) ?? authenticator);
  const first: Authenticator = (...asked) => firstUser(inner, asked);
  first.attach = (services) => {
    const detach = inner.map((authenticator) => authenticator.attach?.(services));
    return () => {
      for (const each of detach.reverse()) each?.();
    };
  };
  first.endOf = (...credential) => latest(inner.map((authenticator) => authenticator.endOf?.(...credential)));
  return authenticators.some((authenticator) => innerOf(authenticator) !== undefined) ? strict(first) : first;
}

function firstUser(
  authenticators: readonly Authenticator[],
  asked: Parameters<Authenticator>,
): ReturnType<Authenticator> {
  for (const [at, authenticate] of authenticators.entries()) {
    const answer = authenticate(...asked);
    if (isPromiseLike(answer)) {
      const others = authenticators.slice(at + 1);
      return promiseOf(answer).then((user) => (user as User | null) ?? firstUser(others, asked));
    }
    if (answer !== null && answer !== undefined) return answer;
  }
  return null;
}
