import { type CloseReason, type CloseReasonName, closeReason } from '../protocol/close.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import type { TransportEnd } from '../transports/transport.ts';
import type { LifecycleEvent } from './lifecycle-event.ts';

/** What is known of a client that may come back. */
interface Promised {
  readonly isResumable: boolean;
  /** Why it cannot, although it was promised that; undefined: it can. */
  readonly objection: string | undefined;
}

/** What the end of a transport means to its connection: that it waits for another one, or ends. */
export function eventOf(end: TransportEnd, promised: Promised | undefined): LifecycleEvent {
  if (promised?.isResumable !== true || end.by === 'client' || end.error !== undefined) {
    return { type: 'transport.closed', reason: reasonOf(end) };
  }
  const text = promised.objection;
  if (text === undefined) return { type: 'transport.lost', reason: closeReason('connection-lost') };
  return { type: 'transport.closed', reason: closeReason('connection-lost', { text }) };
}

/** Why a connection ends whose transport has ended. */
function reasonOf(end: TransportEnd): CloseReason {
  return closeReason(nameOf(end), end.error === undefined ? {} : { error: end.error });
}

function nameOf(end: TransportEnd): CloseReasonName {
  if (end.error instanceof MessageTooLargeError) return 'message-too-large';
  if (end.error !== undefined) return 'protocol-error';
  return end.by === 'client' ? 'client-closed' : 'connection-lost';
}
