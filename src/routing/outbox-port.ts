import type { RefusedError } from '../errors.ts';
import type { RoutedMessage } from './routed-message.ts';

/**
 * One of the two outboxes of a hub, as the router sees it: it decides and counts. Implemented by `actors/outbox.ts`.
 */
export interface OutboxPort {
  /** Whether no further message may be held. */
  readonly isFull: boolean;
  /** Whether it has moderators, so that its messages have to be encoded before it decides. */
  readonly isModerated: boolean;
  /** Decides about a message, or says how to wait for the decision: the message has to be held. */
  decide(routed: RoutedMessage): Decision | Wait;
  accepted(): void;
  committed(): void;
  /** Counts an accepted message as refused. */
  refused(reason: RefusalReason): void;
  /** Counts a message that is refused because the outbox is full. @returns the error for its sender. */
  overflowed(): RefusedError;
  /** The arguments that moderators have given to a message cannot be written. @returns the error for its sender. */
  unwritable(error: unknown, routed: RoutedMessage): Error;
  held(): void;
  released(): void;
}

/** A message is committed, as it is or with other arguments, or it is refused with an error. */
export type Decision = 'commit' | Replaced | Error;

/** The arguments that moderators have given to a message, instead of its own. */
export interface Replaced {
  readonly args: readonly unknown[];
}

/**
 * Waits for the decision about a message. It is called once the message is held, and never for one that cannot be held:
 * that must not take a token of the rate limit, nor keep a place in its queue.
 */
export type Wait = () => Promise<Decision>;

/**
 * Reasons for which an outbox refuses a message: the rates of its sender, a moderator, all places of the outbox taken,
 * all places of its sender taken, other nodes that it cannot reach (`onOutage`, or for a history), and the group has it
 * already (`messageId`).
 */
export type RefusalReason = 'rate' | 'moderated' | 'full' | 'sender-full' | 'unshared' | 'duplicate';
