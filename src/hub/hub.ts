import type { Log } from '../log.ts';
import type { CallerClients } from './clients.ts';
import type { ConnectionInfo } from './connection-info.ts';
import type { Groups } from './groups.ts';
import type { History } from './history.ts';
import type { Presence, PresenceView } from './presence.ts';
import type { AbortOptions } from './routing.ts';

/**
 * The hub object that a method, `onConnected` and `onDisconnected` get: the hub as its caller's connection sees it. It
 * stays usable after the call has returned. After a timeout it refuses to send and to give its state.
 *
 * C: the client's methods; S: the state; D: what all connections of the hub share.
 */
export interface Hub<C, S, D = unknown> extends ConnectionInfo {
  /** The state of this connection (the default), of the whole hub, or of this call: see the hub's `lifetime`. */
  readonly state: S;
  /** One value for the hub and server, made by `shared()`. */
  readonly shared: D;
  readonly clients: CallerClients<C>;
  readonly groups: Groups;
  /** The messages that a group keeps. @throws {TypeError} when it keeps none (`history` of the hub). */
  history(group: string): History;
  /** The presence keys that somebody has, on any node, and the claims of this connection. */
  readonly presence: Presence & PresenceView;
  /** Data that filters keep for this connection. A hub's own data belongs into `state`. */
  readonly items: Map<unknown, unknown>;
  /** Its lines get the hub's path and the connection id. */
  readonly log: Log;
  /**
   * In a method: fires at the end of the connection, after a timeout, and when the client cancels the call. In
   * `onConnected`: fires at the end of the connection. In `onDisconnected`: has fired already.
   */
  readonly signal: AbortSignal;
  /** Ends this connection. The client gets no answer to the running call. */
  abort(options?: AbortOptions): void;
}
