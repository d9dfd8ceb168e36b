import type { Expiring } from './retained.ts';

/**
 * A user in a group. Its three texts have at most 2,600 bytes in UTF-8 together: indexes of PostgreSQL hold no more.
 */
export interface Member {
  /** The hub's path. */
  readonly hub: string;
  readonly userId: string;
  readonly group: string;
}

/** A user who is in a group with all connections, also with those that come later. */
export interface Membership extends Member {
  /** Milliseconds since 1970; null: until they are taken out of it. */
  readonly until: number | null;
}

export interface GroupQuery {
  readonly hub: string;
  readonly userId: string;
  /** Name of the last group of the page before this one. */
  readonly after?: string;
  /** Largest number of groups. Default, and at most: 1,000. */
  readonly limit?: number;
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
  /**
   * Unique among all requests, such as a digest of an `Idempotency-Key`, the path and the caller. At most 2,600 bytes in
   * UTF-8.
   */
  readonly id: string;
  /** Made by the server that got it: another attempt has another one. */
  readonly by: string;
  /** Digest of its content: the same id with another content is a mistake of the caller. */
  readonly fingerprint: string;
  /**
   * Milliseconds since 1970 until which nobody else gets it, unless it is answered or released. Longer than the work
   * takes, and not much longer: when the server dies meanwhile, the request has to wait for this moment.
   */
  readonly until: number;
}

/** A request as it is kept. */
export interface KeptRequest extends NewRequest {
  /** What was answered; null: it is still being done. */
  readonly answer: string | null;
}

/** Largest number of members, or of groups, of one page. */
export const MEMBER_PAGE = 1_000;

/**
 * Port of a storage for users in groups, and for the ids of requests that are done once. No call blocks the event loop.
 * A call that fails, or that comes while the storage is not open, rejects with a `StorageError`; every call may be
 * repeated then.
 *
 * `now` is a moment in milliseconds since 1970. An `until` is over at that moment. `expire` deletes memberships and
 * requests whose `until` is over. Texts are ordered by their code points.
 */
export interface MembershipStore extends Expiring {
  /**
   * Puts a user into a group. A membership that is there gets this `until`, and is the latest one.
   *
   * @param limit Number of groups of the hub that a user may be in without an `until`. After a membership without one
   *   the oldest ones of this user without one are deleted beyond this number.
   * @returns the groups that the user was taken out of, the oldest membership first.
   */
  add(membership: Membership, limit: number): Promise<readonly string[]>;
  /** Takes a user out of a group. Does nothing when they are not in it. */
  remove(member: Member): Promise<void>;
  /** Takes a user out of all groups of a hub. */
  removeAll(hub: string, userId: string): Promise<void>;
  /** @returns undefined when the user is not in the group, or not any more. */
  find(member: Member, now: number): Promise<Membership | undefined>;
  /** Groups of a user, by name. */
  groupsOf(query: GroupQuery, now: number): Promise<readonly Membership[]>;
  /** Users of a group, by id. */
  members(query: MemberQuery, now: number): Promise<readonly Membership[]>;
  /**
   * Notes a request, unless its id is there already and not over.
   *
   * @returns the request that is there: with this `by` and no answer, the caller has to do it, also when they repeat the
   *   call.
   */
  claim(request: NewRequest, now: number): Promise<KeptRequest>;
  /**
   * Keeps the answer to a request, and with it the request. Does nothing when another one has claimed it since.
   *
   * @param until Milliseconds since 1970, until which the same answer is given again.
   */
  answered(id: string, by: string, answer: string, until: number): Promise<void>;
  /**
   * Lets go of a request that was not done, so that it may come again. Does nothing when it was answered, or when another
   * one has claimed it since.
   */
  release(id: string, by: string): Promise<void>;
}
