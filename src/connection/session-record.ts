import type { MountedHub } from '../hub/mounted-hub.ts';
import type { CloseReason } from '../protocol/close.ts';
import type { NewConnection } from '../transports/new-connection.ts';
import type { Session } from './session.ts';

/**
 * Records that a session has begun.
 *
 * @param connectedAt Moment at which its connection was opened, in milliseconds since 1970.
 * @param openedAt The same moment, in milliseconds of `Alarms.realNow`.
 */
export function beginSessionRecord({ caller, runtime }: Session, connectedAt: number, openedAt: number): void {
  const { connectionId, hub, request, user } = caller;
  const { protocol, remoteAddress, transport } = request;
  const { alarms, sessions } = runtime.services;
  const from = { transport, protocol, remoteAddress, connectedAt, ageMs: alarms.realNow() - openedAt };
  sessions.opened({ hub: hub.path, connectionId, user: user?.id, ...from });
  // The user's id is personal data: it is not logged.
  if (hub.log.isLevelEnabled('debug')) {
    hub.log.debug({ connectionId, transport, protocol, remoteAddress }, 'connected');
  }
}

/** Records that a session has ended. */
export function endSessionRecord(session: Session, { name }: CloseReason): void {
  const { beganAt, caller, lane, mailbox, runtime } = session;
  const { connectionId, hub } = caller;
  const messagesIn = mailbox.received;
  // The handshake response is no hub message.
  const messagesOut = Math.max(0, lane.ledger.delivered - (session.hasHandshake ? 1 : 0));
  runtime.services.sessions.closed({ hub: hub.path, connectionId, messagesIn, messagesOut, closeReason: name });
  if (hub.log.isLevelEnabled('debug')) {
    const durationMs = Math.round(runtime.services.alarms.realNow() - beganAt);
    hub.log.debug({ connectionId, reason: name, durationMs, messagesIn, messagesOut }, 'disconnected');
  }
}

/** Logs the end of a connection that never had a session. */
export function logEndBeforeSession(
  { log }: MountedHub,
  { connectionId, request }: NewConnection,
  { name }: CloseReason,
): void {
  if (!log.isLevelEnabled('debug')) return;
  const { remoteAddress, transport } = request;
  log.debug({ connectionId, reason: name, transport, remoteAddress }, 'disconnected before its handshake');
}
