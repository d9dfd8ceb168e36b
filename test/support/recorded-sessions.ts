import type { ClosedSession, OpenedSession } from '../../src/hub/session-observer.ts';

/** Data of a new connection for a recorder. */
export function openedSession(connectionId: string, more: Partial<OpenedSession> = {}): OpenedSession {
  return {
    hub: '/hubs/chat',
    connectionId,
    user: undefined,
    transport: 'WebSockets',
    protocol: 'json',
    remoteAddress: '127.0.0.1',
    connectedAt: Date.now(),
    ageMs: 0,
    ...more,
  };
}

/** Data of the end of a connection for a recorder. */
export function closedSession(connectionId: string, more: Partial<ClosedSession> = {}): ClosedSession {
  return {
    hub: '/hubs/chat',
    connectionId,
    messagesIn: 3,
    messagesOut: 4,
    closeReason: 'client-closed',
    ...more,
  };
}
