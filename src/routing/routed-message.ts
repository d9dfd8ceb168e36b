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
  /** Id by which a group that keeps its messages knows it again. */
  readonly messageId: string | undefined;
}
