import type { CallMessage } from '../../hub/dispatcher.ts';
import { type CompletionMessage, MessageType, type StreamItemMessage } from '../../protocol/messages.ts';

/** A message of a stream from the client: an item, or its end. */
export type UploadMessage = StreamItemMessage | CompletionMessage;

/** A message that may wait in a mailbox: a call, or an upload message behind it. */
export type QueuedMessage = CallMessage | UploadMessage;

/**
 * Outcome for an upload message: an upload or a client invocation has taken it, its upload has no room, or its id is
 * not in use.
 */
export type Delivered = 'taken' | 'full' | 'unknown';

export function isCall(message: QueuedMessage): message is CallMessage {
  return message.type === MessageType.Invocation || message.type === MessageType.StreamInvocation;
}
