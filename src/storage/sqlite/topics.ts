import type { KeyRow, StoreChanges } from '../key-store.ts';
import type { MembershipStore } from '../membership-store.ts';
import type { MessageStore } from '../message-store.ts';
import type { ModerationStore, Sanction, SanctionKind } from '../moderation-store.ts';
import type { SessionQuery, SessionRecord } from '../session-store.ts';
import type { TaskStore } from '../task-store.ts';
import type { InThread } from './in-thread.ts';

/**
 * What the thread of SQLite has for each topic. A method is one transaction, or one look at the tables. It takes and
 * returns plain data, and reads one page at most: a statement that reads for long would keep other requests waiting.
 * Times are milliseconds since 1970.
 */
export interface Topics {
  readonly sessions: SessionTopic;
  readonly keys: KeyTopic;
  readonly messages: InThread<MessageStore>;
  readonly moderation: ModerationTopic;
  readonly tasks: InThread<TaskStore>;
  readonly memberships: InThread<MembershipStore>;
}

export type Topic = keyof Topics;

/** Arguments of a method. */
export type ArgumentsOf<T extends Topic, M extends keyof Topics[T]> = Topics[T][M] extends (...args: infer A) => unknown
  ? A
  : never;

/** Result of a method. */
export type ResultOf<T extends Topic, M extends keyof Topics[T]> = Topics[T][M] extends (...args: never) => infer R
  ? R
  : never;

/** Calls a method in the thread. Rejects with a `StorageError`. */
export type CallThread = <T extends Topic, M extends keyof Topics[T] & string>(
  topic: T,
  method: M,
  ...args: ArgumentsOf<T, M>
) => Promise<ResultOf<T, M>>;

export interface SessionTopic {
  /** @param rows Output of `packRows`. */
  save(rows: string): void;
  /**
   * The next rows, the newest first, of which those are returned that are asked for: maybe none, while more follow.
   *
   * @param before Where the page before this one ended. Default: begins with the newest.
   */
  page(query: SessionQuery, before: SessionPlace | undefined): SessionPage;
  /**
   * Nodes of the next open sessions, the newest first; a node may be on several pages.
   *
   * @param before As for `page`.
   */
  openNodes(before: SessionPlace | undefined): NodePage;
  /**
   * Ends open sessions of these nodes as lost.
   *
   * @param nodeIds null: all unknown nodes.
   * @param limit Largest number of sessions.
   * @returns the number of the sessions: below the limit, none is left.
   */
  endLost(nodeIds: readonly (string | null)[], now: number, limit: number): number;
  /**
   * Counts sessions that have ended, from the newest back.
   *
   * @param rows Number of sessions to count; no more than a page at once.
   * @param from Where the sessions that were counted before end. Default: begins with the newest.
   * @returns the place of the last one; undefined: there are not so many.
   */
  endBehind(rows: number, from: SessionEnd | undefined): SessionEnd | undefined;
  /** Deletes sessions that have ended before a place, the oldest first. @returns the number of the sessions. */
  pruneBefore(place: SessionEnd, limit: number): number;
}

/** Place of a row among the sessions that have ended. */
export interface SessionEnd {
  readonly disconnectedAt: number;
  readonly id: string;
}

/** Place of a row in the order of the sessions. */
export interface SessionPlace {
  readonly connectedAt: number;
  readonly id: string;
}

/** Part of a list of sessions. */
export interface SessionPage {
  readonly records: readonly SessionRecord[];
  /** Where the next page begins; missing: this is the last one. */
  readonly next?: SessionPlace;
}

/** Nodes of a part of a list of sessions. */
export interface NodePage extends Pick<SessionPage, 'next'> {
  readonly nodeIds: readonly string[];
}

export interface KeyTopic {
  put(row: KeyRow, now: number): void;
  find(id: string): KeyRow | undefined;
  /** The newest first. */
  page(after: PageEnd | undefined): KeyPage;
  touched(ids: readonly string[], at: number): void;
  revokeCredential(id: string, at: number, until: number | null, now: number): void;
  revokeUser(id: string, at: number): void;
  /** What changed last comes last. */
  changes(asked: AskedChanges, after: ChangesEnd | undefined): ChangesPage;
}

export interface AskedChanges {
  readonly since: number;
  readonly keysSince: number;
  readonly now: number;
}

/** Place of the last row of a page, in the order of the pages. */
export interface PageEnd {
  readonly at: number;
  readonly id: string;
}

/** The same among changes of all kinds. */
export interface ChangesEnd extends PageEnd {
  readonly kind: 'key' | 'credential' | 'user';
}

export interface KeyPage {
  readonly rows: readonly KeyRow[];
  /** undefined: it is the last page. */
  readonly end: PageEnd | undefined;
}

/** The same of changes. */
export interface ChangesPage extends StoreChanges {
  readonly end: ChangesEnd | undefined;
}

export interface ModerationTopic extends InThread<Omit<ModerationStore, 'impose' | 'lift'>> {
  impose(sanction: Sanction, now: number): void;
  lift(kind: SanctionKind, user: string, at: number, now: number): void;
}
