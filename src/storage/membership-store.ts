import type { Expiring } from './retained.ts';

/** A user who is in a group with all connections, also with those that come later. */
export interface Membership {
  /** The hub's path. */
  readonly hub: string;
  readonly userId: string;
  readonly group: string;
  /** Milliseconds since 1970; null: until they are taken out of it. */
  readonly until: number | null;
}

export interface MemberQuery {
  readonly hub: string;
  readonly group: string;
  /** Id of the last user of the page before this one. */
  readonly after?: string;
  /** Largest number of users. Default, and at most: 1,000. */
  readonly limit?: number;
}

/** A request that is done once, however often it comes. */
export interface NewRequest {
  /** Unique among all requests, such as an `Idempotency-Key` with the path and the caller. */
  readonly id: string;
  /** Made by the server that got it: another attempt has another one. */
  readonly by: string;
  /** Digest of its content: the same id with another content is a mistake of the caller. */
  readonly fingerprint: string;
  /** Milliseconds since 1970 until which it is remembered. */
  readonly until: number;
}

/** A request as it is kept. */
export interface KeptRequest extends NewRequest {
  /** What was answered; null: it is still being done. */
  readonly answer: string | null;
}

/** Largest number of members of one page. */
export const MEMBER_PAGE = 1_000;

/**
 * Port of a storage for users in groups, and for the ids of requests that are done once. No call blocks the event loop.
 * A call that fails, or that comes while the storage is not open, rejects with a `StorageError`; every call may be
 * repeated then.
 *
 * `now` is a moment in milliseconds since 1970. `expire` deletes memberships and requests whose `until` is over.
 */
export interface MembershipStore extends Expiring {
  /**
   * Puts a user into a group. A membership that is there gets this `until`.
   *
   * @param limit Number of groups of the hub that a user may be in without an `until`: beyond it the oldest
   *   memberships of this user without one are deleted.
   */
  add(membership: Membership, now: number, limit: number): Promise<void>;
  /** Takes a user out of a group. Does nothing when they are not in it. */
  remove(membership: Pick<Membership, 'hub' | 'userId' | 'group'>): Promise<void>;
  /** Takes a user out of all groups of a hub. */
  removeAll(hub: string, userId: string): Promise<void>;
  /** Groups of a user, by name. */
  groupsOf(hub: string, userId: string, now: number): Promise<readonly Membership[]>;
  /** Users of a group, by id. */
  members(query: MemberQuery, now: number): Promise<readonly Membership[]>;
  /**
   * Notes a request, unless its id is there already and not over.
   *
   * @returns the request that is there: with this `by`, the caller has to do it, also when they repeat the call.
   */
  claim(request: NewRequest, now: number): Promise<KeptRequest>;
  /** Keeps the answer to a request for as long as the request. Does nothing when another one has claimed it. */
  answered(id: string, by: string, answer: string): Promise<void>;
  /** Lets go of a request that was not done, so that it may come again. Does nothing when another one has claimed it. */
  release(id: string, by: string): Promise<void>;
}
