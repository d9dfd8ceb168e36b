import type { Session } from './connection/session.ts';
import type { ConnectionInfo } from './hub/connection-info.ts';
import { type AbortOptions, readAbortOptions } from './hub/routing.ts';

/** A live connection, as the program around the hubs sees it. */
export interface ServerConnection extends ConnectionInfo {
  /** The path of its hub. */
  readonly hub: string;
  /** Its groups at present. */
  readonly groups: readonly string[];
  readonly connectedAt: Date;
  /** Messages and bytes that wait for this client now, in its lane and in its socket. */
  readonly lag: { readonly messages: number; readonly bytes: number };
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
