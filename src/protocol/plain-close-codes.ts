import type { CloseReasonName } from './close.ts';

/**
 * Codes of the close frames of plain clients (RFC 6455, section 7.4). Those of SignalR read a Close record, and get 1000
 * for nearly every reason; for a plain WebSocket the code is what its programs look at. Those from 4000 on are our own.
 */
export const PLAIN_CLOSE_CODES: Readonly<Record<CloseReasonName, number>> = {
  'client-closed': 1000,
  aborted: 1000,
  'server-draining': 1001,
  'protocol-error': 1008,
  expired: 1008,
  unauthorized: 1008,
  'handshake-failed': 1008,
  'message-too-large': 1009,
  'actor-crashed': 1011,
  'connect-failed': 4000,
  'client-timeout': 4001,
  'slow-consumer': 4002,
  overflow: 4003,
  'rate-limited': 4004,
  // For nobody: the socket is gone.
  'connection-lost': 1011,
};
