import type { ClosedSession, OpenedSession } from '../../src/hub/session-observer.ts';
import type { SessionRecord } from '../../src/storage/session-store.ts';
import type { OpenStorageOptions } from '../../src/storage/storage.ts';

/** Opens a storage as a server without a backplane does: no other node is alive. */
export const ALONE: OpenStorageOptions = { nodeId: 'node-1', isAlive: () => false };

/** The record of an open session. */
export function sessionRecord(id: string, more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    hub: '/hubs/chat',
    connectionId: `connection-${id}`,
    user: null,
    transport: 'WebSockets',
    protocol: 'json',
    remoteAddress: '127.0.0.1',
    nodeId: ALONE.nodeId,
    connectedAt: 1_000,
    disconnectedAt: null,
    durationMs: null,
    messagesIn: null,
    messagesOut: null,
    closeReason: null,
    ...more,
  };
}

/** The same record after the end of the session. */
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
