import { UnauthorizedError } from '../errors.ts';
import type { User } from '../hub/connection-info.ts';
import type { Claims } from './compact-token.ts';
import type { JwtOptions } from './jwt-options.ts';
import { RESERVED_ROLES } from './reserved-roles.ts';
import type { Validity } from './validity.ts';

/** Below the user and its claims, a claim that is kept may have 62 levels, as an argument of a call. */
const DEEPEST = 63;

/**
 * The user of verified claims, frozen: many requests and connections share it.
 *
 * @throws {UnauthorizedError} when a claim has another form than it must have. A function of the options may throw
 *   anything.
 */
export function userOf(claims: Claims, validity: Validity, options: JwtOptions): User {
  const { keepClaims = [] } = options;
  const credentialId = tokenIdOf(claims);
  return deepFrozen({
    id: idOf(claims, options),
    roles: rolesOf(claims, options),
    expiresAt: validity.expiresAt,
    // A token without `iat` may be older than anything: a user who was revoked does not come back with it.
    issuedAt: validity.issuedAt ?? 0,
    ...(credentialId === undefined ? {} : { credentialId }),
    ...(keepClaims.length === 0 ? {} : { claims: picked(claims, keepClaims) }),
  });
}

function idOf(claims: Claims, { userId = 'sub' }: JwtOptions): string {
  const id: unknown = typeof userId === 'function' ? userId(claims) : claimAt(claims, userId);
  if (typeof id === 'string' && id !== '') return id;
  throw new UnauthorizedError('The token names no user: what userId finds is no text, or an empty one.');
}

function rolesOf(claims: Claims, { roles = 'roles', trustRoles = [] }: JwtOptions): readonly string[] {
  const found: unknown = typeof roles === 'function' ? roles(claims) : (claimAt(claims, roles) ?? []);
  const list: unknown = typeof found === 'string' ? found.split(' ').filter((role) => role !== '') : found;
  if (!Array.isArray(list) || !list.every((role) => typeof role === 'string'))
    throw new UnauthorizedError('The roles of the token are neither a list of texts nor a text.');
  const distrusted = (RESERVED_ROLES as readonly string[]).filter((role) => !trustRoles.includes(role));
  return list.filter((role) => !distrusted.includes(role));
}

/** `jti` (RFC 7519, section 4.1.7). */
function tokenIdOf({ jti }: Claims): string | undefined {
  if (jti === undefined || (typeof jti === 'string' && jti !== '')) return jti;
  throw new UnauthorizedError('The id of the token (jti) is no text, or an empty one.');
}

/** The claim of this name, which may have dots (`https://app.example/roles`), or else that of the path. */
function claimAt(claims: Claims, path: string): unknown {
  return Object.hasOwn(claims, path) ? claims[path] : path.split('.').reduce<unknown>(member, claims);
}

function member(holder: unknown, name: string): unknown {
  const has = typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name);
  return has ? (holder as Claims)[name] : undefined;
}

function picked(claims: Claims, names: readonly string[]): Claims {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]]));
}

/** Every level is a call of a function: without a limit they would use up the stack. */
function deepFrozen<T>(value: T, level = 0): T {
  if (level > DEEPEST) throw new UnauthorizedError('The claims of the token are nested too deeply.');
  if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) deepFrozen(each, level + 1);
    Object.freeze(value);
  }
  return value;
}
