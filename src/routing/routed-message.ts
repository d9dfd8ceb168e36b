import type { Sender } from '../hub/routing.ts';
import type { Target } from '../hub/target.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';

/** A message between `send` and commit. */
export interface RoutedMessage {
  readonly sender: Sender;
  readonly target: Target;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly message: EncodedMessage;
  /** Of an invocation whose sender waits for the client's result; undefined for other messages. */
  readonly invocationId: string | undefined;
}

/**
 * Decides about a message before it is committed: undefined lets it pass, an error refuses it (the sender's `send`
 * rejects with it). A promise holds the message, and all later ones of the same sender, until it settles.
 */
export type Moderator = (routed: RoutedMessage) => undefined | Error | Promise<undefined | Error>;
