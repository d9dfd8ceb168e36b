import type { Log } from '../log.ts';
import type { CallerClients } from './clients.ts';
import type { ConnectionInfo } from './connection-info.ts';
import type { Groups } from './groups.ts';
import type { AbortOptions } from './routing.ts';

/**
 * What a method, `onConnected` and `onDisconnected` get: the hub as one connection sees it. It stays usable after the
 * call has returned; after a timeout it refuses to send and to give its state.
 *
 * C: the client's methods; S: the state; D: what all connections of the hub share.
 */
export interface Hub<C, S, D = unknown> extends ConnectionInfo {
  /** Whose it is depends on the hub's `lifetime`: this connection's (the default), the whole hub's, or this call's. */
  readonly state: S;
  /** One value for the hub and server, made by `shared()`. */
  readonly shared: D;
  readonly clients: CallerClients<C>;
  readonly groups: Groups;
  /** What filters keep for this connection; a hub's own data belongs into `state`. */
  readonly items: Map<unknown, unknown>;
  /** Lines get the hub's path and the connection id. */
  readonly log: Log;
  /**
   * In a method: fires at the end of the connection, after a timeout, and when the client cancels the call. In
   * `onConnected`: at the end of the connection. In `onDisconnected`: has fired already.
   */
  readonly signal: AbortSignal;
  /** Ends this connection. The running call gets no answer any more. */
  abort(options?: AbortOptions): void;
}
