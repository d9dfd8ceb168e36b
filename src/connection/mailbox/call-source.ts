import type { CallMessage } from '../../hub/dispatcher.ts';
import type { QueuedMessage } from './queued-message.ts';

/** The mailbox, as the call queue sees it. */
export interface CallSource {
  /** The oldest message that waits. */
  front(): QueuedMessage | undefined;
  /** Removes it. */
  shift(): void;
  /** Parses more, if there is room. */
  refill(): void;
  /** Whether the client has cancelled this call already. */
  wasCancelled(call: CallMessage): boolean;
  /** Whether nothing for any upload comes any more. */
  readonly isOver: boolean;
  /** Whether bytes wait for their turn to be parsed, or are being parsed: there may be more to take. */
  readonly isWaiting: boolean;
}
