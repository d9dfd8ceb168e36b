import type { Expiring, Retained } from './retained.ts';

/**
 * - `ban`: the user may not connect.
 * - `mute`: the user may read, and not write.
 */
export type SanctionKind = 'ban' | 'mute';

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

/** A sanction that has changed. */
export interface SanctionChange extends Sanction {
  /** null: it was not lifted. */
  readonly liftedAt: number | null;
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

/** Largest number of sanctions, held messages or entries of one page. */
export const MODERATION_PAGE = 1_000;

/**
 * Port of a storage for what moderators decide. No call blocks the event loop. A call that fails, or that comes while
 * the storage is not open, rejects with a `StorageError`; every call may be repeated then.
 *
 * `prune` deletes entries of the audit trail. `expire` deletes sanctions that are over or lifted, and held messages that
 * were claimed, all of them a day later.
 */
export interface ModerationStore extends Retained, Expiring {
  /** Imposes a sanction, in place of one of the same kind on the same user. The one with the latest `at` counts. */
  impose(sanction: Sanction): Promise<void>;
  /** Ends a sanction. One that was imposed later than `at` stays. Does nothing when there is none. */
  lift(kind: SanctionKind, user: string, at: number): Promise<void>;
  /** Sanctions that are neither lifted nor over at `now`, by kind and user. */
  sanctions(now: number, query?: SanctionQuery): Promise<readonly Sanction[]>;
  /**
   * Sanctions that were imposed or lifted at `at` or later, by the clock of the storage's owner: a server learns what
   * others have decided. Those that are over or lifted are among them, until they are deleted.
   */
  changesSince(at: number): Promise<readonly SanctionChange[]>;
  /** @param seconds 0: no slow mode. */
  setSlowMode(conversation: string, seconds: number): Promise<void>;
  /** All conversations with a slow mode, by name. */
  slowModes(): Promise<readonly SlowMode[]>;
  /** Keeps a message until a moderator has seen it. One whose id is there already stays as it is. */
  hold(message: HeldMessage): Promise<void>;
  /** Held messages that nobody has claimed, the oldest first: at most 1,000. */
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
