import { type CloseReason, type CloseReasonName, closeReason } from '../protocol/close.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import type { TransportEnd } from '../transports/transport.ts';
import type { LifecycleEvent } from './lifecycle-event.ts';

/** State of a stateful reconnect that the client was promised. */
interface Promised {
  readonly isResumable: boolean;
  /** Reason why the client cannot come back all the same; undefined: it can. */
  readonly objection: string | undefined;
}

/** The event that the end of a transport causes: the connection waits for another transport, or ends. */
export function eventOf(end: TransportEnd, promised: Promised | undefined): LifecycleEvent {
  if (promised?.isResumable !== true || end.by === 'client' || end.error !== undefined) {
    return { type: 'transport.closed', reason: reasonOf(end) };
  }
  const text = promised.objection;
  if (text === undefined) return { type: 'transport.lost', reason: closeReason('connection-lost') };
  return { type: 'transport.closed', reason: closeReason('connection-lost', { text }) };
}

/** Close reason of a connection, from the end of its transport. */
function reasonOf(end: TransportEnd): CloseReason {
  return closeReason(nameOf(end), end.error === undefined ? {} : { error: end.error });
}

function nameOf(end: TransportEnd): CloseReasonName {
  if (end.error instanceof MessageTooLargeError) return 'message-too-large';
  if (end.error !== undefined) return 'protocol-error';
  return end.by === 'client' ? 'client-closed' : 'connection-lost';
}
