import { ProtocolError } from '../errors.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import { type CloseReason, type CloseReasonName, closeReason } from '../protocol/close.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import type { RefusalKind } from '../refusal-kinds.ts';

/** Log lines of the ends that a client causes. The other ends are logged elsewhere, or not at all. */
const REFUSALS: { readonly [name in CloseReasonName]?: RefusalKind } = {
  'client-timeout': 'connection-silent',
  'slow-consumer': 'connection-slow',
  'rate-limited': 'connection-over-rate',
  'protocol-error': 'protocol-broken',
  'message-too-large': 'message-too-long',
  expired: 'credential-expired',
  unauthorized: 'credential-revoked',
};

/** Logs that a connection is about to end, if its client has caused that. */
export function logEnd({ log }: MountedHub, connectionId: string, reason: CloseReason): void {
  const kind = isGivenUp(reason) ? 'not-kept' : REFUSALS[reason.name];
  if (kind === undefined) return;
  log.refused(kind)?.({
    connectionId,
    reason: loggedText(reason),
    ...(reason.error instanceof MessageTooLargeError ? { option: reason.error.option } : {}),
  });
}

/** Whether a stateful reconnect has failed or timed out: only then `connection-lost` has a text of its own. */
function isGivenUp({ name, text }: CloseReason): boolean {
  return name === 'connection-lost' && text !== LOST;
}

const LOST = closeReason('connection-lost').text;

/** Text of the reason, as far as it may be logged. */
function loggedText({ error, name, text }: CloseReason): string {
  if (error instanceof ProtocolError) return error.logged;
  // A fault of the server that a record has triggered; it has been logged.
  return name === 'protocol-error' ? closeReason(name).text : text;
}
