import { ProtocolError } from '../errors.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import { type CloseReason, type CloseReasonName, closeReason } from '../protocol/close.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import type { RefusalKind } from '../refusal-kinds.ts';

/** Ends that a client has caused by what it did or left undone. The others are logged elsewhere, or need no line. */
const REFUSALS: { readonly [name in CloseReasonName]?: RefusalKind } = {
  'client-timeout': 'connection-silent',
  'slow-consumer': 'connection-slow',
  'protocol-error': 'protocol-broken',
  'message-too-large': 'message-too-long',
  expired: 'credential-expired',
};

/** Logs that a connection is about to end, when that is its client's fault. */
export function logEnd({ log }: MountedHub, connectionId: string, reason: CloseReason): void {
  const kind = isGivenUp(reason) ? 'not-kept' : REFUSALS[reason.name];
  if (kind === undefined) return;
  log.refused(kind)?.({
    connectionId,
    reason: loggedText(reason),
    ...(reason.error instanceof MessageTooLargeError ? { option: reason.error.option } : {}),
  });
}

/** Whether it could have been resumed: only then a lost transport has another text than usual. */
function isGivenUp({ name, text }: CloseReason): boolean {
  return name === 'connection-lost' && text !== LOST;
}

const LOST = closeReason('connection-lost').text;

/** The text of the reason; of an error of the protocol what of it may be logged. */
function loggedText({ error, name, text }: CloseReason): string {
  if (error instanceof ProtocolError) return error.logged;
  // A fault of ours that a record has brought to light; the log has it.
  return name === 'protocol-error' ? closeReason(name).text : text;
}
