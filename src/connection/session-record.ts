import type { CloseReason } from '../protocol/close.ts';
import type { Connection } from './connection.ts';

/** Records that a handshake has been accepted. */
export function beginSession(connection: Connection): void {
  const { connectedAt, connectionId, runtime, hub, request, userId } = connection;
  const { protocol, remoteAddress, transport } = request;
  const session = { hub: hub.path, connectionId, user: userId, transport, remoteAddress, connectedAt };
  runtime.services.sessions.opened(session);
  // What the user is called is not ours to log.
  if (hub.log.isLevelEnabled('debug')) {
    hub.log.debug({ connectionId, transport, protocol, remoteAddress }, 'connected');
  }
}

/** Records the end of a connection, whose handshake may never have been accepted: then there was no session. */
export function endSession(connection: Connection, { name }: CloseReason): void {
  const { connectionId, session, runtime, hub, request } = connection;
  if (session === undefined) {
    const { remoteAddress, transport } = request;
    if (hub.log.isLevelEnabled('debug')) {
      hub.log.debug({ connectionId, reason: name, transport, remoteAddress }, 'disconnected before its handshake');
    }
    return;
  }
  const { services } = runtime;
  const messagesIn = session.mailbox.received;
  // The answer to the handshake is no hub message.
  const messagesOut = Math.max(0, connection.lane.ledger.delivered - 1);
  services.sessions.closed({ hub: hub.path, connectionId, messagesIn, messagesOut, closeReason: name });
  if (hub.log.isLevelEnabled('debug')) {
    const durationMs = Math.round(services.alarms.now() - session.beganAt);
    hub.log.debug({ connectionId, reason: name, durationMs, messagesIn, messagesOut }, 'disconnected');
  }
}
