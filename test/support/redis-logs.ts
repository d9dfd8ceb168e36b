// Calls of logs in a Redis, for tests.
import type { Appended, LogPage, LogQuery, LogTop } from '../../src/backplane/log-store.ts';
import { bytesOf } from '../../src/testing/backplane-test.ts';
import type { RedisNode } from './redis-backplanes.ts';

const MINUTE_MS = 60_000;
export const STATE = { size: 5, ttlMs: 10 * MINUTE_MS, seen: [] };
/** What the keys of a log begin with, but those of known ids. */
export const KINDS = ['log-state', 'log', 'log-ids', 'log-removed'];

export function append({ backplane }: RedisNode, log: string, text: string, messageId?: string): Promise<Appended> {
  return backplane.logs.append(log, { ...STATE, bytes: bytesOf(text), messageId });
}

export function remove({ backplane }: RedisNode, log: string, messageId: string): Promise<LogTop | undefined> {
  return backplane.logs.remove(log, messageId, STATE);
}

/** Default: from the beginning. */
export function read(
  { backplane }: RedisNode,
  log: string,
  more: Partial<LogQuery> = { after: 0, isWhole: false },
): Promise<LogPage> {
  const query: Partial<LogQuery> = { ...STATE, limit: 100, ...more };
  return backplane.logs.read(log, query as LogQuery);
}

export function textsOf({ entries }: LogPage): string[] {
  const decoder = new TextDecoder();
  return entries.map(({ offset, bytes }) => `${offset} ${bytes === undefined ? 'removed' : decoder.decode(bytes)}`);
}

/** Adds three messages with the ids m1, m2 and m3. */
export async function addThree(node: RedisNode, log: string): Promise<void> {
  for (const n of [1, 2, 3]) await append(node, log, `text ${n}`, `m${n}`);
}
