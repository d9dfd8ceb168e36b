import type { ApiKey } from '../storage/key-store.ts';

const COLUMNS = ['id', 'kind', 'name', 'user', 'roles', 'expires', 'last used', 'state'] as const;

/** Lines of a table of keys for people. */
export function tableOf(keys: readonly ApiKey[], now: number): string[] {
  const rows = [COLUMNS, ...keys.map((key) => cellsOf(key, now))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A key in one line for people. */
export function lineOf({ id, kind, name, userId, roles, expiresAt }: ApiKey): string {
  const end = expiresAt === null ? 'it does not expire' : `it expires at ${momentOf(expiresAt)}`;
  return `${kind} key ${id}, ${JSON.stringify(name)}: user ${userId}, roles ${listOf(roles)}; ${end}`;
}

/** A moment in UTC, to the minute. @param at Milliseconds since 1970. */
export function momentOf(at: number): string {
  return Math.abs(at) <= LATEST ? new Date(at).toISOString().replace(/T(\d\d:\d\d).*/, ' $1Z') : 'never';
}

/** A value as one line of JSON, without characters that a terminal executes. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll(UNSAFE, (text) =>
    Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** The latest moment that a date of JavaScript can have. */
const LATEST = 8.64e15;
/** JSON escapes controls and lone surrogates itself. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function cellsOf(key: ApiKey, now: number): string[] {
  const { id, kind, name, userId, roles, expiresAt, lastUsedAt } = key;
  const times = [expiresAt, lastUsedAt].map((at) => (at === null ? 'never' : momentOf(at)));
  return [id, kind, name, userId, listOf(roles), ...times, stateOf(key, now)];
}

function stateOf({ revokedAt, expiresAt }: ApiKey, now: number): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'good';
}

function listOf(roles: readonly string[]): string {
  return roles.length === 0 ? '-' : roles.join(',');
}
