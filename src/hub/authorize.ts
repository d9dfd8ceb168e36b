import type { User } from './connection-info.ts';

/**
 * Who may connect to a hub, or call a method. Any other text than the first two is a role; of several roles one is
 * enough. A function that throws lets nobody in.
 */
export type Authorize =
  | 'anonymous'
  | 'authenticated'
  | (string & {})
  | readonly string[]
  | ((user: User | null) => boolean);

/** 'unauthenticated': nobody is known (HTTP 401); 'forbidden': somebody without the right (403). */
export type Verdict = 'allowed' | 'unauthenticated' | 'forbidden';

export function authorized(rule: Authorize, user: User | null): Verdict {
  const allowed = typeof rule === 'function' ? rule(user) === true : fits(rule, user);
  if (allowed) return 'allowed';
  return user === null ? 'unauthenticated' : 'forbidden';
}

function fits(rule: string | readonly string[], user: User | null): boolean {
  if (rule === 'anonymous') return true;
  if (user === null) return false;
  if (rule === 'authenticated') return true;
  return typeof rule === 'string' ? user.roles.includes(rule) : rule.some((role) => user.roles.includes(role));
}
