import type { MembershipStore } from '../membership-store.ts';
import { MEMBERSHIP_METHODS } from '../rows/store-methods.ts';
import { remoteStore } from './remote-store.ts';
import type { CallThread } from './topics.ts';

/** Users in groups, and requests, in a SQLite database, which a thread of its own reads and writes. */
export function sqliteMemberships(call: CallThread): MembershipStore {
  return remoteStore<MembershipStore>('memberships', MEMBERSHIP_METHODS, call);
}
