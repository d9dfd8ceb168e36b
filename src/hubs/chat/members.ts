import type { HubContext, Presence, PresenceChange, PresenceView } from '../../index.ts';
import type { ChatClient } from './chat-client.ts';
import { claimedKeysOf, USERS, userKeyOf } from './claimed-keys.ts';

/** A connection in the chat. */
export interface Member {
  readonly connectedAt: string;
  /** '' until the member has a name; `takeName` changes it. */
  username: string;
  /** Locks of names that it has claimed. */
  readonly locks: Set<string>;
  messageCount: number;
}

/** A user, as `GetUsers` lists them, and as presence has them. */
export interface ListedUser {
  readonly user: string;
  readonly connectedAt: string;
}

/**
 * Names a member, on all nodes. Of two names that look the same to people (name-keys.ts) only one can be taken at a time.
 *
 * All members claim the locks in the same order, and wait for none. So of several who want names that are one, the first
 * one gets it, unless somebody has it.
 *
 * @returns false, without a change, when another member has this name or one that looks like it.
 */
export async function takeName(presence: Presence, member: Member, name: string): Promise<boolean> {
  try {
    const { user, locks } = claimedKeysOf(name);
    for (const lock of locks) {
      if (!(await presence.claim(lock))) return false;
      member.locks.add(lock);
    }
    const { username, connectedAt } = member;
    const listed: ListedUser = { user: name, connectedAt };
    const granted = username === '' ? presence.claim(user, listed) : presence.move(userKeyOf(username), user, listed);
    if (!(await granted)) return false;
    member.username = name;
    return true;
  } finally {
    await releaseOthers(presence, member);
  }
}

/** Finds the connection of the user with this name, else of the user whose name looks like it. */
export async function findUser(presence: PresenceView, name: string): Promise<string | undefined> {
  const [look = '', skeleton = ''] = claimedKeysOf(name).locks;
  return ((await presence.get(skeleton)) ?? (await presence.get(look)))?.as;
}

/** Users in the order of their names: those behind `after`, which need not be the name of a user, or the first ones. */
export async function listUsers(
  presence: PresenceView,
  after: string | undefined,
  limit: number,
): Promise<readonly ListedUser[]> {
  const start = after === undefined ? {} : { after: userKeyOf(after) };
  const entries = await presence.list({ prefix: USERS, limit, ...start });
  return entries.map(({ info }) => info as ListedUser);
}

/** `onPresence` of the chat: tells everybody but the user themselves who has come, has left, or has another name. */
export function tellMembers(change: PresenceChange, { clients }: HubContext<ChatClient>): unknown {
  const { entry } = change;
  if (!entry.key.startsWith(USERS)) return undefined;
  const others = clients.allExcept([entry.as]);
  const { user } = entry.info as ListedUser;
  if (change.kind === 'joined') return others.send('UserJoined', user);
  if (change.kind === 'left') return others.send('UserLeft', user);
  const { user: before } = change.before.info as ListedUser;
  // When the backplane has lost everything, an update may be told again.
  return before === user ? undefined : others.send('UserRenamed', before, user);
}

/** Releases the locks of all names but that of the member. */
async function releaseOthers(presence: Presence, { username, locks }: Member): Promise<void> {
  const own = username === '' ? [] : claimedKeysOf(username).locks;
  for (const lock of locks) {
    if (own.includes(lock)) continue;
    await presence.release(lock);
    locks.delete(lock);
  }
}
