import { type CloseReason, type CloseReasonName, closeReason } from '../protocol/close.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import type { TransportEnd } from '../transports/transport.ts';

/** Why a connection ends whose transport has ended. */
export function reasonOf(end: TransportEnd): CloseReason {
  return closeReason(nameOf(end), end.error === undefined ? {} : { error: end.error });
}

function nameOf(end: TransportEnd): CloseReasonName {
  if (end.error instanceof MessageTooLargeError) return 'message-too-large';
  if (end.error !== undefined) return 'protocol-error';
  return end.by === 'client' ? 'client-closed' : 'connection-lost';
}
