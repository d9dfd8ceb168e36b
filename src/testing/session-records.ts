import type { SessionRecord } from '../storage/session-store.ts';
import type { OpenStorageOptions } from '../storage/storage.ts';

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
