import type { CallMessage } from '../../hub/dispatcher.ts';
import type { QueuedMessage } from './queued-message.ts';

/** A Mailbox as the CallQueue sees it. */
export interface CallSource {
  /** Oldest message that waits. */
  front(): QueuedMessage | undefined;
  /** Removes the oldest message. */
  shift(): void;
  /** Parses more records, if there is room. */
  refill(): void;
  /** Whether the client has cancelled this call already. */
  wasCancelled(call: CallMessage): boolean;
  /** Whether no message for any upload comes any more. */
  readonly isOver: boolean;
  /** Whether bytes wait for their turn, or are being parsed: more messages may follow. */
  readonly isWaiting: boolean;
}
