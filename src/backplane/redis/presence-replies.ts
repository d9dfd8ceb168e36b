import type { Entered, Holder, HolderPage, Written } from '../presence/presence-store.ts';
import { isCount, listOf, strangeReply } from './redis-replies.ts';

const OUTCOMES = ['done', 'taken', 'kept', 'busy', 'unleased', 'unknown'];
/** Those with which nothing is done. */
const BARE = ['busy', 'unleased', 'unknown'];

/** Reads the answer to `ENTER`. @throws {BackplaneError} for another one, as all functions here. */
export function readEntered(reply: unknown, place: string): Entered | undefined {
  const [epoch, isKnown] = listOf(reply, 2, place);
  if (typeof epoch !== 'string') throw strangeReply(place);
  return epoch === '' ? undefined : { epoch, isKnown: isKnown === 1 };
}

/** Reads the answer to `WRITE`. */
export function readWritten(reply: unknown, place: string): Written {
  const [first] = Array.isArray(reply) ? reply : [];
  if (!OUTCOMES.includes(first)) throw strangeReply(place);
  const outcome = first as Written['outcome'];
  if (BARE.includes(outcome)) return { outcome, told: undefined, holder: undefined, removed: [], token: undefined };
  const [, told, as, since, user, info, revision, here, removed, token] = listOf(reply, 10, place);
  if (typeof told !== 'string' || !isCount(token) || !isCount(revision)) throw strangeReply(place);
  return {
    outcome,
    told: told === '' ? undefined : told,
    holder: as === '' ? undefined : { ...holderOf([as, since, user, info, here], place), revision },
    removed: idsOf(removed, place),
    token: token === 0 ? undefined : token,
  };
}

export function readKeys(reply: unknown, place: string): readonly string[] {
  if (!Array.isArray(reply) || !reply.every((key) => typeof key === 'string')) throw strangeReply(place);
  return reply;
}

/** Reads the answer to `GET`. */
export function readHolder(reply: unknown, place: string): Holder | undefined {
  return Array.isArray(reply) && reply.length === 0 ? undefined : holderOf(reply, place);
}

/** Reads the answer to `LIST`. */
export function readPage(reply: unknown, place: string): HolderPage {
  const [list, next] = listOf(reply, 2, place);
  if (!Array.isArray(list) || typeof next !== 'string') throw strangeReply(place);
  const holders = list.map((each: unknown) => {
    const [key, ...holder] = listOf(each, 6, place);
    if (typeof key !== 'string') throw strangeReply(place);
    return { key, ...holderOf(holder, place) };
  });
  return { holders, next: next === '' ? undefined : next };
}

function holderOf(reply: unknown, place: string): Holder {
  const [as, since, user, info, here] = listOf(reply, 5, place);
  if (typeof as !== 'string' || typeof user !== 'string' || typeof info !== 'string') throw strangeReply(place);
  return { as, connectionIds: idsOf(here, place), user, info, since: Number(since) };
}

/** The connections of lists that nodes have written as JSON. */
function idsOf(lists: unknown, place: string): readonly string[] {
  if (!Array.isArray(lists)) throw strangeReply(place);
  const ids = lists.flatMap((list: unknown) => {
    try {
      return JSON.parse(String(list)) as unknown;
    } catch {
      throw strangeReply(place);
    }
  });
  if (!ids.every((id) => typeof id === 'string')) throw strangeReply(place);
  return ids;
}
