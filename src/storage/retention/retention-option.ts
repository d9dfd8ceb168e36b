import { OptionsError } from '../../errors.ts';
import { must, objectOf, type Rules, whole } from '../../option-checks.ts';
import type { Kept } from '../retained.ts';

/** What stays of a topic: rows for which both hold. Without either, all of them stay. */
export interface RetentionLimit {
  /** Days for which a row stays, whole ones or not. Default: age does not matter. */
  readonly days?: number;
  /** Number of the newest rows that stay. Default: their number does not matter. */
  readonly count?: number;
}

/** What stays in the storage. A topic that is given has no other limit than the given ones. */
export interface RetentionOptions {
  /** Sessions that have ended, by their ends. Default: 90 days. */
  readonly sessions?: RetentionLimit;
  /** Messages, by the moment at which they were sent. Default: 90 days. */
  readonly messages?: RetentionLimit;
  /** Entries of the audit trail. Default: 90 days. */
  readonly audit?: RetentionLimit;
  /** Tasks, by their last change, and entries of spending. Default: 7 days. */
  readonly tasks?: RetentionLimit;
}

export type RetainedTopic = keyof RetentionOptions;

const DEFAULTS: Required<RetentionOptions> = {
  sessions: { days: 90 },
  messages: { days: 90 },
  audit: { days: 90 },
  tasks: { days: 7 },
};
const DAY_MS = 86_400_000;

const LIMIT = objectOf<RetentionLimit>({
  days: must('a number above 0', (days) => Number.isFinite(days) && (days as number) > 0),
  count: whole(0),
});

/** Rule of the option `retention`. */
export const RETENTION = objectOf<RetentionOptions>({
  sessions: LIMIT,
  messages: LIMIT,
  audit: LIMIT,
  tasks: LIMIT,
} satisfies Rules<RetentionOptions>);

/** @throws {OptionsError} for a server that stores nothing. */
export function resolveRetention(given: RetentionOptions | undefined, hasStorage: boolean): Required<RetentionOptions> {
  if (given !== undefined && !hasStorage)
    throw new OptionsError('createServer: retention says what stays in the storage, and there is no storage.');
  return { ...DEFAULTS, ...given };
}

/** @param now Milliseconds since 1970. @returns undefined: everything stays. */
export function keptAt({ days, count }: RetentionLimit, now: number): Kept | undefined {
  if (days === undefined && count === undefined) return undefined;
  // Storages take whole moments, and none before 1970.
  const since = days === undefined ? {} : { since: Math.max(0, Math.ceil(now - days * DAY_MS)) };
  return { ...since, ...(count === undefined ? {} : { count }) };
}
