import type { Connection } from './connection/connection.ts';
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

export function serverConnection(connection: Connection): ServerConnection {
  return {
    connectionId: connection.connectionId,
    user: connection.user,
    request: connection.request,
    hub: connection.hub.path,
    connectedAt: new Date(connection.connectedAt),
    get groups() {
      return connection.runtime.memberships.groupsOf(connection);
    },
    get lag() {
      return connection.lane.lag;
    },
    abort: (options) => connection.abort(readAbortOptions(options)),
  };
}
