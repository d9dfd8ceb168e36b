import type { RefusedError } from '../errors.ts';
import type { CheckedQuery, FoundConnections, RemoteConnection } from '../hub/found-connections.ts';
import type { AbortOptions, InvokeOptions } from '../hub/routing.ts';
import type { Target } from '../hub/target.ts';
import type { PendingInvocation } from './pending-invocation.ts';
import type { RoutedMessage } from './routed-message.ts';

/**
 * Port through which one hub of this node reaches the connections of the same hub on other nodes. The router asks it
 * for what this node does not have, and only for that. Methods never wait. Those that return a promise never throw; the
 * router marks a rejection as handled.
 */
export interface OtherNodes {
  /**
   * Sends a committed message to its receivers on other nodes. Called once for a message, in the order of commits, when
   * the message is in the lanes of this node. Never throws.
   *
   * A message that was held, or is an invocation, is encoded for all protocols of the hub. Others, and those with other
   * arguments by a moderator, are encoded for those of this node's connections; more can be added within the call.
   *
   * A held message to one connection that has left this node meanwhile comes here, too, in the protocol of that
   * connection. If it is an invocation, `begin` has not returned its id, and nobody waits for its result.
   *
   * @param target As `routed.target`, but of a list of connections only those that this node does not have.
   */
  deliver(target: Target, routed: RoutedMessage): void;

  /**
   * Begins an invocation of a client that this node does not have. Its message follows in `deliver`, with
   * `routed.invocationId`, when it is committed: moderators see it, and it keeps its sender's order. When it is not
   * committed, `fail` is called.
   *
   * @throws {DisconnectedError} when no node has the connection, and other errors as in `ClientResults.begin`.
   */
  begin(connectionId: string, options: InvokeOptions): PendingInvocation;

  /** Ends connections. @param target As in `deliver`. @returns a promise that resolves when they are closing. */
  abort(target: Target, options: AbortOptions): Promise<void>;

  /** Unknown connections are no error. Rejects with a `HubError` when the connection may not be in another group. */
  join(connectionId: string, group: string): Promise<void>;
  leave(connectionId: string, group: string): Promise<void>;

  /**
   * All members, with those that this node has. Rejects with a `RefusedError` when a node that is alive does not answer
   * in time.
   */
  members(group: string, here: readonly string[]): Promise<readonly string[]>;
  count(group: string, here: number): Promise<number>;

  /** The number of all connections of the hub, with those of this node. Rejects as `members`. */
  connections(here: number): Promise<number>;
  /** The connections that a query selects, with those of this node. */
  find(query: CheckedQuery, here: readonly RemoteConnection[]): Promise<FoundConnections>;

  /** Whether `refusal` has to be asked. */
  readonly mayRefuse: boolean;
  /**
   * Whether a message may be sent now, although it cannot reach the other nodes (`onOutage`).
   *
   * @param target As in `deliver`. @returns the error that refuses it; undefined: it may.
   */
  refusal(target: Target): RefusedError | undefined;

  /** Resolves when the messages of other nodes to a group come, or cannot come. undefined: they come already. */
  whenHeard(group: string): Promise<void> | undefined;
  /** The same for messages to a connection that has just come: to all, and to its user. */
  whenReached(userId: string | undefined): Promise<void> | undefined;
}
