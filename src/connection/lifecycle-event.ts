import type { CloseReason } from '../protocol/close.ts';

/** What happens to a connection, as its machine hears it: `machines/hub.ts` takes the same events. */
export type LifecycleEvent =
  /** The client's first record asks for a protocol that we speak. */
  | { readonly type: 'handshake.accepted' }
  | { readonly type: 'handshake.refused'; readonly reason: CloseReason }
  | { readonly type: 'handshake.timedOut'; readonly reason: CloseReason }
  /** `onConnected` has resolved. */
  | { readonly type: 'connect.succeeded' }
  | { readonly type: 'connect.failed'; readonly reason: CloseReason }
  | { readonly type: 'keepAlive.due' }
  /** The lane has begun to hold messages back, and has caught up again. */
  | { readonly type: 'lane.congested' }
  | { readonly type: 'lane.relieved' }
  /** Somebody ends the connection: the client, a timer, a limit, the hub. */
  | { readonly type: 'connection.ended'; readonly reason: CloseReason }
  /** On hubs that look at it: what the client has shown last is no longer good. */
  | { readonly type: 'credential.expired'; readonly reason: CloseReason }
  /** The server shuts down; what runs may still finish. */
  | { readonly type: 'node.draining'; readonly reason: CloseReason }
  /** No call of this connection runs any more. */
  | { readonly type: 'calls.finished'; readonly reason: CloseReason }
  | { readonly type: 'drain.timedOut'; readonly reason: CloseReason }
  | { readonly type: 'transport.closed'; readonly reason: CloseReason }
  /** The transport is gone without a farewell, and its client may come back with another one (stateful reconnect). */
  | { readonly type: 'transport.lost'; readonly reason: CloseReason }
  | { readonly type: 'transport.attached' }
  /** Everything that had to happen at the end has happened. */
  | { readonly type: 'connection.closed' };

/** Tells the machine of a connection what has happened. */
export type Report = (event: LifecycleEvent) => void;
