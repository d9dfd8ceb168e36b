import type { CloseReason } from '../protocol/close.ts';

/** Events of a connection for its machine: `machines/hub.ts` takes the same ones. */
export type LifecycleEvent =
  /** The client's first record asks for a protocol that the hub supports. */
  | { readonly type: 'handshake.accepted' }
  | { readonly type: 'handshake.refused'; readonly reason: CloseReason }
  | { readonly type: 'handshake.timedOut'; readonly reason: CloseReason }
  /** `onConnected` has resolved. */
  | { readonly type: 'connect.succeeded' }
  | { readonly type: 'connect.failed'; readonly reason: CloseReason }
  | { readonly type: 'keepAlive.due' }
  /** The lane has begun to hold messages back, or has written all of them. */
  | { readonly type: 'lane.congested' }
  | { readonly type: 'lane.relieved' }
  /** The client, a timer, a limit or the hub ends the connection. */
  | { readonly type: 'connection.ended'; readonly reason: CloseReason }
  /** The client's latest credential was revoked, or has expired (`closeOnAuthenticationExpiration`). */
  | { readonly type: 'credential.ended'; readonly reason: CloseReason }
  /** The server shuts down; running calls may still finish. */
  | { readonly type: 'node.draining'; readonly reason: CloseReason }
  /** The last running call of this connection has finished. */
  | { readonly type: 'calls.finished'; readonly reason: CloseReason }
  | { readonly type: 'drain.timedOut'; readonly reason: CloseReason }
  | { readonly type: 'transport.closed'; readonly reason: CloseReason }
  /** The transport was lost without a close, and its client may come back with another one (stateful reconnect). */
  | { readonly type: 'transport.lost'; readonly reason: CloseReason }
  | { readonly type: 'transport.attached' }
  /** The close sequence has finished. */
  | { readonly type: 'connection.closed' };

/** Sends an event to the machine of a connection. */
export type Report = (event: LifecycleEvent) => void;
