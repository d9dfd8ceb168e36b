import type { Position } from '../protocol/position.ts';
import { kindOf } from '../value-texts.ts';

/** A message of a group with history. */
export interface KeptMessage {
  readonly position: Position;
  /** As it was given to `with`. */
  readonly messageId: string | undefined;
  /** Name of the client's method; empty when the message was removed. */
  readonly method: string;
  /**
   * What receivers got: moderators may have changed it. Values are as clients read them, so dates and bytes are as the
   * protocol has them. Callers share them, and must not change them.
   */
  readonly args: readonly unknown[];
  /** Moment at which it was added to the history, in milliseconds since 1970, by the clock of the backplane. */
  readonly sentAt: number;
  /** The message was removed; its position stays. */
  readonly removed?: true;
}

/**
 * Reasons for which messages cannot be given from a position on:
 * - `epoch`: the history began anew since, as after a loss of data: positions before and after cannot be compared.
 * - `trimmed`: some of them are not kept any more.
 * - `limit`: there are more than asked for.
 * - `unknown`: there is no such position, or no message with this id is kept.
 * - `outage`: the backplane cannot be reached.
 */
export type UnrecoveredReason = 'epoch' | 'trimmed' | 'limit' | 'unknown' | 'outage';

/** All messages behind a position, or none of them. */
export type Recovery =
  | {
      readonly recovered: true;
      /** Oldest first. */
      readonly messages: readonly KeptMessage[];
      /** Position of the last one; without any, the position that was asked for. */
      readonly position: Position;
    }
  | {
      readonly recovered: false;
      readonly reason: UnrecoveredReason;
      readonly messages: readonly [];
      /** The newest position; undefined: it is not known. */
      readonly position: Position | undefined;
    };

export interface RecoveryOptions {
  /** Largest number of messages to recover: from 1 to 10,000. Default: 300. */
  readonly limit?: number;
}

export interface LatestOptions {
  /** Number of messages: from 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** Only those before this position. One of another epoch: there are none. */
  readonly before?: Position;
}

/** The messages that a group keeps (`history` of its hub). */
export interface History {
  /**
   * Resolves with everything behind a position, or behind the message with an id. A member of the group that has joined
   * before gets everything later by itself.
   *
   * Rejects with an `OptionsError` or `TypeError` for wrong arguments; never for what a client may send as a position.
   */
  since(from: Position | { readonly messageId: string }, options?: RecoveryOptions): Promise<Recovery>;
  /**
   * Resolves with the newest messages, newest first. Rejects with a `RefusedError` when the backplane cannot be reached.
   */
  latest(options?: LatestOptions): Promise<readonly KeptMessage[]>;
  /**
   * Removes the content of a message from the history. Clients that have it are not told. Resolves with false when no
   * message with this id is kept. Rejects as `latest`.
   */
  remove(messageId: string): Promise<boolean>;
}

/** Port to the messages that one group keeps. Arguments are valid. */
export interface GroupHistory {
  since(from: Position | { readonly messageId: string }, limit: number): Promise<Recovery>;
  latest(limit: number, before: Position | undefined): Promise<readonly KeptMessage[]>;
  remove(messageId: string): Promise<boolean>;
}

/** Longest id of a message, in characters. */
export const LONGEST_MESSAGE_ID = 200;

/** @throws {TypeError} when it cannot be the id of a message. */
export function checkMessageId(messageId: unknown): void {
  if (typeof messageId !== 'string') throw new TypeError(`A messageId must be a text, but it is ${kindOf(messageId)}.`);
  if (messageId.length < 1 || messageId.length > LONGEST_MESSAGE_ID || !messageId.isWellFormed())
    throw new TypeError(`A messageId must have 1 to ${LONGEST_MESSAGE_ID} characters, all of them valid Unicode.`);
}
