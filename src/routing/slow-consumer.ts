import type { ResolvedSlowConsumer } from '../hub/hub-options.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { Ledger } from './ledger.ts';
import type { Waiting } from './waiting.ts';

/**
 * Whether one more message may wait for a client that does not keep up, after the policy has made room if it could.
 * 'dropped': the message itself is the one that goes. 'disconnect': the client has to.
 *
 * @param buffered Bytes that the client's socket holds already; they count against the limit, too.
 */
export function makeRoom(
  waiting: Waiting,
  message: EncodedMessage,
  bytes: number,
  buffered: number,
  limits: ResolvedSlowConsumer,
  ledger: Ledger,
): 'accepted' | 'dropped' | 'disconnect' {
  const policy = message.policy ?? limits.policy;
  // With nothing waiting one message of any size is taken: otherwise it could never be sent at all.
  while (waiting.length > 0 && isFull(waiting, bytes, buffered, limits)) {
    if (policy === 'disconnect') return 'disconnect';
    if (policy === 'dropNewest' && message.droppable) {
      ledger.drop('policy', 1);
      return 'dropped';
    }
    if (!waiting.removeDroppable(policy === 'dropOldest' ? 'oldest' : 'newest')) return 'disconnect';
    ledger.drop('policy', 1);
  }
  return 'accepted';
}

function isFull(waiting: Waiting, bytes: number, buffered: number, limits: ResolvedSlowConsumer): boolean {
  return waiting.length + 1 > limits.limitMessages || waiting.bytes + buffered + bytes > limits.limitBytes;
}

/** Why a client has to go that leaves too much unread. */
export function overflowText(waiting: Waiting, buffered: number, limits: ResolvedSlowConsumer): string {
  return (
    `The client lets ${waiting.length} messages and ${waiting.bytes + buffered} bytes wait ` +
    `(slowConsumer.limitMessages is ${limits.limitMessages}, limitBytes ${limits.limitBytes}).`
  );
}

/** Why one has to go that reads nothing. */
export function stallText(stallMs: number): string {
  return `The client has taken no byte for ${stallMs} ms (slowConsumer.stallMs).`;
}
