import { must, type Rules, readOptions, whole } from '../option-checks.ts';
import { promised } from '../promises.ts';
import type { Position } from '../protocol/position.ts';
import { kindOf } from '../value-texts.ts';
import {
  checkMessageId,
  type History,
  type LatestOptions,
  LONGEST_MESSAGE_ID,
  type RecoveryOptions,
} from './history.ts';
import type { SenderScope } from './sender-scope.ts';
import { namesFault } from './target.ts';

const DEFAULT_RECOVERED = 300;
const MOST_RECOVERED = 10_000;
const DEFAULT_LATEST = 100;
const MOST_LATEST = 1_000;
const RECOVERY_RULES = { limit: whole(1, MOST_RECOVERED) } satisfies Rules<RecoveryOptions>;
const LATEST_RULES = {
  limit: whole(1, MOST_LATEST),
  before: must('a position: { epoch, offset }', isPosition, kindOf),
} satisfies Rules<LatestOptions>;

/** The history of a group for the holder of a scope. @throws {TypeError} when the group keeps nothing. */
export function openHistory(scope: SenderScope, group: string): History {
  const fault = namesFault('A group name', [group]);
  if (fault !== undefined) throw new TypeError(fault);
  const kept = scope.routing.history(group);
  if (kept === undefined)
    throw new TypeError(`The group ${JSON.stringify(group)} keeps no messages: no pattern of the hub's history fits.`);
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    promised(() => {
      scope.assertOpen();
      return question();
    });
  return {
    since: (from, options) =>
      ask(() => {
        const { limit = DEFAULT_RECOVERED } = readOptions('since', options, RECOVERY_RULES);
        return kept.since(readStart(from), limit);
      }),
    latest: (options) =>
      ask(() => {
        const { limit = DEFAULT_LATEST, before } = readOptions('latest', options, LATEST_RULES);
        return kept.latest(limit, before);
      }),
    remove: (messageId) =>
      ask(() => {
        checkMessageId(messageId);
        return kept.remove(messageId);
      }),
  };
}

/** What a client has sent as a position is often handed on as it is. What cannot be one is an unknown id. */
function readStart(from: unknown): Position | { readonly messageId: string } {
  if (isPosition(from)) return { epoch: from.epoch, offset: from.offset };
  const { messageId } = (from ?? {}) as { readonly messageId?: unknown };
  const isId = typeof messageId === 'string' && messageId.length <= LONGEST_MESSAGE_ID && messageId.isWellFormed();
  return { messageId: isId ? messageId : '' };
}

function isPosition(value: unknown): value is Position {
  const { epoch, offset } = (value ?? {}) as Partial<Position>;
  return typeof epoch === 'string' && Number.isSafeInteger(offset) && (offset as number) >= 0;
}
