import type { Expiring, Retained } from './retained.ts';

/**
 * - `ban`: the user may not connect.
 * - `mute`: the user may read, and not write.
 */
export type SanctionKind = (typeof SANCTION_KINDS)[number];
export const SANCTION_KINDS = ['ban', 'mute'] as const;

/** What a moderator has decided about a user. Times are milliseconds since 1970. */
export interface Sanction {
  readonly kind: SanctionKind;
  /** Id of the user, or the name of an anonymous one: whatever moderators call them by. */
  readonly user: string;
  readonly at: number;
  /** null: until it is lifted. */
  readonly until: number | null;
  readonly reason: string | null;
  /** Id of the moderator. */
  readonly by: string;
}

/** A sanction that was imposed or lifted. */
export interface SanctionChange extends Sanction {
  /** null: it was not lifted. */
  readonly liftedAt: number | null;
  /**
   * Moment of the change by the clock of the storage's owner, or later: greater than that of every change before it,
   * whatever the clock does, and whoever else changes something at the same time.
   */
  readonly changedAt: number;
}

export interface SanctionQuery {
  readonly kind?: SanctionKind;
  readonly user?: string;
  /** Place of the last sanction of the page before this one. */
  readonly after?: Pick<Sanction, 'kind' | 'user'>;
  /** Largest number of sanctions. Default, and at most: 1,000. */
  readonly limit?: number;
}

/** A message that waits for a moderator. */
export interface HeldMessage {
  /** Unique among all held messages. */
  readonly id: string;
  readonly heldAt: number;
  /** Id of the author, as in a message; null: anonymous. */
  readonly authorId: string | null;
  readonly author: string;
  /** Name of the conversation that it is for. */
  readonly conversation: string;
  readonly text: string;
  readonly replyTo: string | null;
}

/** An entry of the audit trail. */
export interface AuditEntry {
  /** Unique among all entries. */
  readonly id: string;
  readonly at: number;
  /** Id of the moderator. */
  readonly by: string;
  /** What was done, such as `ban` or `delete-message`. */
  readonly action: string;
  /** User that it was done to; null: to nobody alone. */
  readonly user: string | null;
  /** Conversation in which it was done; null: in none alone. */
  readonly conversation: string | null;
  readonly reason: string | null;
}

export interface AuditQuery {
  readonly user?: string;
  /** Place of the last entry of the page before this one. */
  readonly before?: Pick<AuditEntry, 'at' | 'id'>;
  /** Largest number of entries. Default, and at most: 1,000. */
  readonly limit?: number;
}

export interface SlowMode {
  readonly conversation: string;
  /** Time that a user has to wait between two messages. */
  readonly seconds: number;
}

/** Largest number of sanctions, held messages, entries or slow modes of one page. */
export const MODERATION_PAGE = 1_000;
/** For so long sanctions that are over or lifted stay, and held messages that were claimed: a day. */
export const STAYS_MS = 24 * 60 * 60 * 1_000;

/**
 * Port of a storage for what moderators decide. No call blocks the event loop. A call that fails, or that comes while
 * the storage is not open, rejects with a `StorageError`; every call may be repeated then.
 *
 * Texts come back exactly as they were given, whatever characters they have. Ids, users and conversations have at most
 * 800 bytes in UTF-8. A call with a longer one, or with a value that its type does not allow, rejects with the problem
 * 'invalid', and does nothing.
 *
 * `prune` deletes entries of the audit trail, by `at`, then by `id`. `expire` deletes sanctions that are over or lifted,
 * and held messages that were claimed, all of them a day later.
 */
export interface ModerationStore extends Retained, Expiring {
  /**
   * Imposes a sanction, in place of one of the same kind on the same user. The one with the latest `at` counts. Where the
   * one before it was lifted at this `at` or later, this one is lifted, too: a call that is repeated, or late, does not
   * impose again what was lifted since.
   */
  impose(sanction: Sanction): Promise<void>;
  /** Ends a sanction. One that was imposed later than `at` stays. Does nothing when there is none. */
  lift(kind: SanctionKind, user: string, at: number): Promise<void>;
  /** Sanctions that are neither lifted nor over at `now`, by kind and user. */
  sanctions(now: number, query?: SanctionQuery): Promise<readonly Sanction[]>;
  /**
   * Sanctions that were changed after a moment, in the order of their changes, at most 1,000: a server learns what others
   * have decided. Those that are over or lifted are among them, until they are deleted.
   *
   * A change that can be read is later than all that could be read before, so who asks for what is after the last change
   * that they know misses none.
   *
   * @param changedAt `changedAt` of the last change that is known; 0: none is.
   */
  changesSince(changedAt: number): Promise<readonly SanctionChange[]>;
  /** @param seconds 0: no slow mode. */
  setSlowMode(conversation: string, seconds: number): Promise<void>;
  /**
   * Conversations with a slow mode, by name, at most 1,000.
   *
   * @param after Name of the last conversation of the page before this one.
   */
  slowModes(after?: string): Promise<readonly SlowMode[]>;
  /** Keeps a message until a moderator has seen it. One whose id is there already stays as it is. */
  hold(message: HeldMessage): Promise<void>;
  /** Held messages that nobody has claimed, the oldest first, by `heldAt`, then by `id`: at most 1,000. */
  held(): Promise<readonly HeldMessage[]>;
  /**
   * Takes a held message, to release or to reject it. Only one moderator gets it: the one with the first `by`, who gets
   * it again when they repeat the call.
   *
   * @param by Made for this decision: another decision has another one.
   * @returns undefined when there is no such message, or another one was faster.
   */
  claimHeld(id: string, by: string, at: number): Promise<HeldMessage | undefined>;
  /** Adds an entry to the audit trail. One whose id is there already stays as it is. */
  record(entry: AuditEntry): Promise<void>;
  /** Entries of the audit trail, the newest first: by `at`, then by `id`. */
  audit(query?: AuditQuery): Promise<readonly AuditEntry[]>;
}
