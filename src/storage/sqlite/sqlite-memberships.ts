import type { MembershipStore } from '../membership-store.ts';
import { remoteStore } from './remote-store.ts';
import type { CallThread } from './topics.ts';

const GROUPS = { add: true, remove: true, removeAll: true, find: true, groupsOf: true, members: true } as const;
const REQUESTS = { claim: true, answered: true, release: true } as const;

/** Users in groups, and requests, in a SQLite database, which a thread of its own reads and writes. */
export function sqliteMemberships(call: CallThread): MembershipStore {
  return remoteStore<MembershipStore>('memberships', { ...GROUPS, ...REQUESTS, expire: true }, call);
}
