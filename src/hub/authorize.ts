import { isSynchronous, type Rule, refuse } from '../option-checks.ts';
import type { User } from './connection-info.ts';

/**
 * Users that may connect to a hub, or call a method. Any other text than the first two is a role; of several roles one
 * is enough. A function that throws refuses the user.
 */
export type Authorize =
  | 'anonymous'
  | 'authenticated'
  | (string & {})
  | readonly string[]
  | ((user: User | null) => boolean);

const WORDS: readonly unknown[] = ['anonymous', 'authenticated'];

const EXPECTED =
  "'anonymous', 'authenticated', a role, a list of roles without these two, or a function that returns true or false at once";

/**
 * Rule of an `authorize` option. A list cannot hold the two words: there they would be roles. An empty list admits no
 * user.
 */
export const AUTHORIZE: Rule = {
  read(rule, at) {
    if (isListOfRoles(rule)) return Object.freeze([...rule]);
    return isRole(rule) || isSynchronous(rule) ? rule : refuse(rule, at, EXPECTED);
  },
};

function isRole(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isListOfRoles(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((role) => isRole(role) && !WORDS.includes(role));
}

/** 'unauthenticated': there is no user (HTTP 401); 'forbidden': the user lacks the right (403). */
type Verdict = 'allowed' | 'unauthenticated' | 'forbidden';

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
