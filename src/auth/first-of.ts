import { OptionsError } from '../errors.ts';
import type { Authenticator } from './authenticator.ts';
import { innerOf, strict } from './strict.ts';

/**
 * An authenticator that asks several, in this order, until one knows the credential. One that throws ends the search:
 * the credential is of its kind, and wrong. With `jwt` or `apiKeys` among them, a credential that none of them knows is
 * refused.
 *
 * @throws {OptionsError} when one of them is no function, or there is none.
 */
export function firstOf(...authenticators: readonly Authenticator[]): Authenticator {
  const wrong = authenticators.findIndex((authenticator) => typeof authenticator !== 'function');
  if (authenticators.length === 0)
    throw new OptionsError('firstOf needs at least one authenticator, such as jwt(...).');
  if (wrong !== -1) throw new OptionsError(`firstOf: authenticator ${wrong + 1} is no function.`);
  const inner = authenticators.map((authenticator) => innerOf(authenticator) ?? authenticator);
  const first: Authenticator = async (request, raw) => {
    for (const authenticate of inner) {
      const user = await authenticate(request, raw);
      if (user !== null && user !== undefined) return user;
    }
    return null;
  };
  first.attach = (services) => {
    const detach = inner.map((authenticator) => authenticator.attach?.(services));
    return () => {
      for (const each of detach.reverse()) each?.();
    };
  };
  return authenticators.some((authenticator) => innerOf(authenticator) !== undefined) ? strict(first) : first;
}
