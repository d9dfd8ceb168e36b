import type { Sender } from '../hub/routing.ts';
import type { Target } from '../hub/target.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';

/** A message on its way to its receivers, from `send` to commit. */
export interface RoutedMessage {
  readonly sender: Sender;
  readonly target: Target;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly message: EncodedMessage;
}

/**
 * Looks at a message before it is committed: nothing lets it pass, an error refuses it (the sender's `send` rejects with
 * it). A promise holds the message, and what the same sender sends after it, until it settles.
 */
export type Moderator = (routed: RoutedMessage) => undefined | Error | Promise<undefined | Error>;
