import type { ClosedSession, OpenedSession } from '../../src/hub/session-observer.ts';
import type { SessionRecord } from '../../src/storage/storage.ts';

/** A session that is open, unless told otherwise. */
export function sessionRecord(id: string, more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    hub: '/hubs/chat',
    connectionId: `connection-${id}`,
    user: null,
    transport: 'WebSockets',
    remoteAddress: '127.0.0.1',
    connectedAt: 1_000,
    disconnectedAt: null,
    durationMs: null,
    messagesIn: null,
    messagesOut: null,
    closeReason: null,
    ...more,
  };
}

/** The same after its end. */
export function ended(record: SessionRecord, more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    ...record,
    disconnectedAt: record.connectedAt + 500,
    durationMs: 500,
    messagesIn: 3,
    messagesOut: 4,
    closeReason: 'client-closed',
    ...more,
  };
}

/** What a recorder is told of a connection. */
export function openedSession(connectionId: string, more: Partial<OpenedSession> = {}): OpenedSession {
  return {
    hub: '/hubs/chat',
    connectionId,
    user: undefined,
    transport: 'WebSockets',
    remoteAddress: '127.0.0.1',
    connectedAt: Date.now(),
    ...more,
  };
}

/** And of its end. */
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
