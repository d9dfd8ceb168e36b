import type { ClosedSession, OpenedSession } from '../hub/session-observer.ts';
import type { CloseReason } from '../protocol/close.ts';
import type { Connection } from './connection.ts';

/** What is recorded of a connection whose handshake has been accepted. */
export function openedSession(connection: Connection): OpenedSession {
  const { connectionId, connectedAt, hub, request, userId } = connection;
  const { transport, remoteAddress } = request;
  return { hub: hub.path, connectionId, user: userId, transport, remoteAddress, connectedAt };
}

/** What is recorded at its end. */
export function closedSession(connection: Connection, reason: CloseReason): ClosedSession {
  return {
    hub: connection.hub.path,
    connectionId: connection.connectionId,
    messagesIn: connection.conversation?.mailbox.received ?? 0,
    // The answer to the handshake is no hub message.
    messagesOut: Math.max(0, connection.lane.ledger.delivered - 1),
    closeReason: reason.name,
  };
}
