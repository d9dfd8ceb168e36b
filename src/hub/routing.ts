import { flag, must, type Rules, readOptions } from '../option-checks.ts';
import type { SendOptions } from '../protocol/encoded-message.ts';
import { kindOf } from '../value-texts.ts';
import type { Target } from './target.ts';

/** How a connection is ended from the server. */
export interface AbortOptions {
  /** For logs and `onDisconnected`; the client never sees it. */
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
 * How long to wait for a client's result; without either: until that client is gone. When the time is over, or the signal
 * fires, `invoke` rejects with a `HubError`.
 */
export interface InvokeOptions {
  /** Milliseconds; 0: no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Who sends: a connection, or the context of a hub. Messages of one sender are committed in the order in which they were
 * sent. Only its identity counts.
 */
export interface Sender {
  /** The connection's id; undefined for a hub context. */
  readonly connectionId: string | undefined;
}

/**
 * The port through which hubs reach connections. Implemented by `routing/`; one for each hub, since hubs do not see each
 * other's connections.
 */
export interface Routing {
  /**
   * Never throws. Resolves at commit: the message then stands in the lane of every receiver. Rejects when it cannot be
   * written, or is refused by a moderator, a rate limit or a full outbox.
   */
  send(sender: Sender, target: Target, method: string, args: readonly unknown[], options: SendOptions): Promise<void>;

  /**
   * Calls a method of one connection's client and resolves with its result, as it came. Never throws. Rejects with a
   * `HubError` when the client answers with an error, or the waiting is over; with a `DisconnectedError` when the connection
   * does not exist or ends; and whenever `send` would.
   */
  invoke(
    sender: Sender,
    connectionId: string,
    method: string,
    args: readonly unknown[],
    options: InvokeOptions,
  ): Promise<unknown>;

  /** Ends the connections that the target means now. */
  abort(target: Target, options: AbortOptions): void;

  /** @throws {HubError} when the connection is in as many groups as allowed. An unknown connection is not an error. */
  join(connectionId: string, group: string): void;
  leave(connectionId: string, group: string): void;
  members(group: string): readonly string[];
  count(group: string): number;
}
