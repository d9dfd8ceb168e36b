import type { Supervisor } from './actors/supervisor.ts';
import type { Session } from './connection/session.ts';
import type { ConnectionInfo, User } from './hub/connection-info.ts';
import type { RemoteConnection } from './hub/found-connections.ts';
import { type AbortOptions, readAbortOptions } from './hub/routing.ts';

/** A live connection, as the program around the hubs sees it. */
export interface ServerConnection extends ConnectionInfo {
  /** The path of its hub. */
  readonly hub: string;
  /** Its groups at present. */
  readonly groups: readonly string[];
  readonly connectedAt: Date;
  /**
   * Messages and bytes that wait for this client now, in its lane and in its socket, and the milliseconds since which
   * something has waited without a break.
   */
  readonly lag: { readonly messages: number; readonly bytes: number; readonly oldestMs: number };
  abort(options?: AbortOptions): void;
}

/** @param connectedAt Milliseconds since 1970. */
export function serverConnection(session: Session, connectedAt: number): ServerConnection {
  const { connectionId, hub, request, user } = session.caller;
  return {
    connectionId,
    user,
    request,
    hub: hub.path,
    connectedAt: new Date(connectedAt),
    get groups() {
      return session.runtime.memberships.groupsOf(session);
    },
    get lag() {
      return session.lane.lag;
    },
    abort: (options) => session.abort(readAbortOptions(options)),
  };
}

/** The same as data, for other nodes. undefined: its handshake has not been accepted, or its end has begun. */
export function describedConnection(
  supervisor: Supervisor,
  nodeId: string,
  connectionId: string,
): RemoteConnection | undefined {
  const connection = supervisor.connection(connectionId);
  const session = connection?.session;
  if (session === undefined || connection?.isClosing !== false) return undefined;
  const { hub, request, user } = session.caller;
  return {
    nodeId,
    connectionId,
    hub: hub.path,
    user: user && withoutClaims(user),
    transport: request.transport,
    protocol: request.protocol,
    remoteAddress: request.remoteAddress,
    connectedAt: connection.connectedAt,
    groups: session.runtime.memberships.groupsOf(session),
    state: supervisor.stateOf(connectionId) ?? 'unknown',
    lag: session.lane.lag,
  };
}

/** Claims may be large, and anything at all. */
function withoutClaims({ claims: _claims, ...user }: User): User {
  return user;
}
