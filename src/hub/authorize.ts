import { isSynchronous, type Rule, refuse } from '../option-checks.ts';
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

const WORDS: readonly unknown[] = ['anonymous', 'authenticated'];

const EXPECTED =
  "'anonymous', 'authenticated', a role, a list of roles without these two, or a function that returns true or false at once";

/** What an `authorize` option may be. In a list those two words would be roles that nobody has; of an empty list nobody has one. */
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
