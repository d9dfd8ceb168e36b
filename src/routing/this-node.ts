import type { CheckedQuery, RemoteConnection } from '../hub/found-connections.ts';
import type { AbortOptions } from '../hub/routing.ts';
import type { Target } from '../hub/target.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { PendingInvocation } from './pending-invocation.ts';

/**
 * Port to the connections of one hub on this node, without the other nodes. The router asks it for its own part of each
 * answer, and the other nodes for theirs. Implemented by `local-connections.ts`.
 */
export interface ThisNode {
  /** Appends a message to the lanes of its receivers. @returns as `CommitObserver.committed`. */
  deliver(target: Target, message: EncodedMessage): number;

  /**
   * Delivers an invocation that another node has begun, under the id that it has given.
   *
   * @throws {DisconnectedError} when this node does not have the connection, {RefusedError} when too many invocations of
   *   the client are pending.
   */
  invoke(connectionId: string, invocationId: string, message: EncodedMessage): PendingInvocation;

  /** Ends connections: they are closing when it returns. */
  abort(target: Target, options: AbortOptions): void;

  /** Unknown connections are no error. @throws {HubError} when the connection may not be in another group. */
  join(connectionId: string, group: string): void;
  leave(connectionId: string, group: string): void;
  members(group: string): readonly string[];
  count(group: string): number;

  /** The number of all connections. */
  connections(): number;
  /** Those that a query selects, as many as it wants, in its order. @throws {OptionsError} when it is not valid. */
  find(query: CheckedQuery): readonly RemoteConnection[];
}
