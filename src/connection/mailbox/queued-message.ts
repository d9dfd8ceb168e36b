import type { CallMessage } from '../../hub/dispatcher.ts';
import { type CompletionMessage, MessageType, type StreamItemMessage } from '../../protocol/messages.ts';

/** A message of a stream from the client: an item, or its end. */
export type UploadMessage = StreamItemMessage | CompletionMessage;

/** What may wait in a mailbox: calls, and what has to wait behind them. */
export type QueuedMessage = CallMessage | UploadMessage;

/**
 * Outcome for an upload message: an upload or a client result has taken it; its upload has no room for it; or there is
 * nothing with that id.
 */
export type Delivered = 'taken' | 'full' | 'unknown';

export function isCall(message: QueuedMessage): message is CallMessage {
  return message.type === MessageType.Invocation || message.type === MessageType.StreamInvocation;
}
