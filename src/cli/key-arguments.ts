import { isKeyId } from '../auth/key-format.ts';
import {
  isPrintableText,
  LONGEST_NAME,
  LONGEST_ROLE,
  LONGEST_USER_ID,
  MOST_ROLES,
  type NewKey,
} from '../auth/key-options.ts';
import { isReservedRole } from '../auth/reserved-roles.ts';
import { ArgumentProblem } from './command-problems.ts';

/** Flags of `signalbox key`, as they were given. */
export type KeyFlags = Readonly<Partial<Record<'kind' | 'name' | 'user' | 'roles' | 'expires' | 'overlap', string>>>;

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const DURATION = /^(\d{1,6})([smhdw])$/;
/** A day, at its beginning in UTC; or a moment with its time zone (RFC 3339). */
const DATE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** @param now Milliseconds since 1970. @throws {ArgumentProblem} */
export function newKeyOf({ kind = 'virtual', name, user, roles, expires }: KeyFlags, now: number): NewKey {
  if (kind !== 'virtual' && kind !== 'master') throw new ArgumentProblem('--kind: expected virtual or master');
  if (name === undefined)
    throw new ArgumentProblem('--name: got nothing, expected a name for people, such as --name app');
  return {
    kind,
    name: text('--name', name, LONGEST_NAME),
    ...(user === undefined ? {} : { userId: text('--user', user, LONGEST_USER_ID) }),
    ...(roles === undefined ? {} : { roles: rolesOf(roles, kind === 'virtual') }),
    ...(expires === undefined ? {} : { expiresAt: momentOf(expires, now) }),
  };
}

/** Milliseconds of `--overlap`. @throws {ArgumentProblem} */
export function overlapOf({ overlap = '0s' }: KeyFlags): number {
  const ms = durationOf(overlap);
  if (ms === undefined) throw new ArgumentProblem(`--overlap: expected a duration: ${DURATIONS}, or 0s`);
  return ms;
}

/** @throws {ArgumentProblem} */
export function keyIdOf(word: string): string {
  if (isKeyId(word)) return word;
  throw new ArgumentProblem(
    'expected the id of a key, as signalbox key list shows it: 8 letters and digits, no secret',
  );
}

const DURATIONS = 'such as 90d (s, m, h, d and w are known)';

function momentOf(text: string, now: number): number {
  const ms = durationOf(text);
  const moment = ms !== undefined ? now + ms : DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment))
    throw new ArgumentProblem(`--expires: expected a duration, ${DURATIONS}, or a date, such as 2030-01-31`);
  if (moment <= now) throw new ArgumentProblem('--expires: got a moment that is over, expected one in the future');
  return moment;
}

function durationOf(text: string): number | undefined {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? [];
  const ms = UNITS[unit];
  return ms === undefined ? undefined : Number(count) * ms;
}

function rolesOf(list: string, isVirtual: boolean): string[] {
  const roles = list
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
  if (roles.length > MOST_ROLES)
    throw new ArgumentProblem(`--roles: got ${roles.length}, expected at most ${MOST_ROLES}`);
  for (const role of roles) text('--roles', role, LONGEST_ROLE);
  const reserved = isVirtual ? roles.find(isReservedRole) : undefined;
  if (reserved === undefined) return roles;
  throw new ArgumentProblem(`--roles: a virtual key cannot have the role ${reserved}: it says what kind a key is`);
}

function text(flag: string, value: string, most: number): string {
  if (isPrintableText(value, most)) return value;
  throw new ArgumentProblem(`${flag}: expected 1 to ${most} characters that can be printed`);
}
