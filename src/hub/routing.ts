import type { HubError } from '../errors.ts';
import { flag, must, type Rules, readOptions } from '../option-checks.ts';
import type { SendOptions } from '../protocol/encoded-message.ts';
import type { Position } from '../protocol/position.ts';
import { kindOf } from '../value-texts.ts';
import type { User } from './connection-info.ts';
import type { CheckedQuery, FoundConnections } from './found-connections.ts';
import type { GroupHistory } from './history.ts';
import type { OutboxName } from './outbox-options.ts';
import type { Target } from './target.ts';

/** Options for ending a connection from the server. */
export interface AbortOptions {
  /** Text for logs and `onDisconnected`; the client never sees it. */
  readonly reason?: string;
  /** Whether the Close message invites the client back. Default: false. */
  readonly allowReconnect?: boolean;
}

const ABORT_RULES = {
  reason: must('a text', (value) => typeof value === 'string', kindOf),
  allowReconnect: flag,
} satisfies Rules<AbortOptions>;

/** @throws {OptionsError} */
export function readAbortOptions(given: AbortOptions | undefined): AbortOptions {
  return readOptions('abort', given, ABORT_RULES);
}

/**
 * Limits of the waiting for a client's result. Without either it ends with that client's connection. When the time is
 * over, or the signal fires, `invoke` rejects with a `HubError`.
 */
export interface InvokeOptions {
  /** Milliseconds; 0: no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Options of messages to groups that keep them (`history` of the hub). */
export interface KeepOptions {
  /**
   * Id of the message, a text of 1 to 200 characters: a group gets two messages with one id within five minutes once,
   * and both resolve with the same position. By it the history finds the message again. For other receivers than groups
   * that keep their messages it is a `TypeError`.
   */
  readonly messageId?: string;
}

/** Options of one message. */
export type MessageOptions = SendOptions & KeepOptions;

/**
 * The sender of messages: a connection, or the context of a hub. Messages of one sender are committed in the order in
 * which they were sent. Senders are compared by identity.
 */
export interface Sender {
  /** The id of the connection; undefined for a hub context. */
  readonly connectionId: string | undefined;
  /** Rates of a connection (`rates` of its hub). Absent: no message is refused for its rate. */
  readonly rates?: SenderRates | undefined;
  /** null: anonymous, or the server itself. */
  readonly user: User | null;
}

/** Rates at which one connection may send messages to others. */
export interface SenderRates {
  /** Counts a message for an outbox. @returns the error that refuses it, and then it is not counted. */
  refuseMessage(outbox: OutboxName): HubError | undefined;
}

/**
 * Port through which hubs reach connections. Implemented by `routing/`. Each hub has its own, since hubs do not see
 * each other's connections.
 *
 * No method throws: errors are rejections, and no promise has to be awaited. `abort`, `join` and `leave` have their
 * effect on connections of this node when they return: a connection that was joined gets the message that the next
 * statement sends to the group, whether `join` was awaited or not. Only their promises wait for other nodes.
 */
export interface Routing {
  /**
   * Resolves at commit, when the message is in the lane of every receiver on this node. Rejects when the message cannot
   * be written, or is refused by a moderator, a rate limit or a full outbox. A message to one group that keeps it
   * resolves with its position, when it stands in the history, too.
   */
  send(
    sender: Sender,
    target: Target,
    method: string,
    args: readonly unknown[],
    options: MessageOptions,
  ): Promise<Position | undefined>;

  /**
   * Calls a method of one connection's client and resolves with its result, unchecked. Rejects with a `HubError` when
   * the client returns an error, or the waiting ends; with a `DisconnectedError` when the connection does not exist or
   * ends; and in all cases of `send`.
   */
  invoke(
    sender: Sender,
    connectionId: string,
    method: string,
    args: readonly unknown[],
    options: InvokeOptions & KeepOptions,
  ): Promise<unknown>;

  /** Ends the connections that the target has now. Resolves when all of them are closing. */
  abort(target: Target, options: AbortOptions): Promise<void>;

  /** Unknown connections are no error. Rejects with a `HubError` when the connection may not be in another group. */
  join(connectionId: string, group: string): Promise<void>;
  leave(connectionId: string, group: string): Promise<void>;
  /** The connections that are members on this node when it is called, and those that other nodes answer. */
  members(group: string): Promise<readonly string[]>;
  count(group: string): Promise<number>;

  /** The number of all connections of the hub. */
  connections(): Promise<number>;
  find(query: CheckedQuery): Promise<FoundConnections>;

  /** The messages that a group keeps; undefined: none. */
  history(group: string): GroupHistory | undefined;
}
