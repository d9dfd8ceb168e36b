import type { User } from '../hub/connection-info.ts';

/**
 * A user whose credential is good for at most `maximumMs` milliseconds from now on, also when it does not expire by
 * itself (`maximumAuthenticationExpirationMs`).
 *
 * @param now Milliseconds since 1970.
 */
export function limitedUser(user: User, maximumMs: number, now: number): User {
  const latest = now + maximumMs;
  return latest < (user.expiresAt ?? Number.POSITIVE_INFINITY) ? { ...user, expiresAt: latest } : user;
}

/** Whole seconds for which the credential of a user is good; undefined: it does not expire. */
export function lifetimeSeconds({ expiresAt }: User, now: number): number | undefined {
  return expiresAt === undefined ? undefined : Math.max(0, Math.floor((expiresAt - now) / 1_000));
}

/** Whether two users were let in by the same credential, as far as they tell: then nothing was refreshed. */
export function haveSameCredential(one: User | null, other: User | null): boolean {
  if (one === other) return true;
  if (one === null || other === null) return false;
  return (
    one.credentialId === other.credentialId && one.issuedAt === other.issuedAt && one.expiresAt === other.expiresAt
  );
}
