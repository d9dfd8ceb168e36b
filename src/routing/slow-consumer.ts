import type { ResolvedSlowConsumer } from '../hub/hub-options.ts';
import type { EncodedMessage, SlowConsumerPolicy } from '../protocol/encoded-message.ts';
import type { Ledger } from './ledger.ts';
import type { Waiting } from './waiting.ts';

/**
 * Lets one more message wait for a client that does not keep up, or drops what the policy says.
 *
 * @param buffered Bytes that the client's socket holds already; they count against the limit, too.
 * @returns why the client has to go, if it has to.
 */
export function letWait(
  message: EncodedMessage,
  bytes: number,
  waiting: Waiting,
  buffered: number,
  limits: ResolvedSlowConsumer,
  ledger: Ledger,
): string | undefined {
  if (message.conflate !== undefined && waiting.removeKey(message.conflate)) ledger.drop('conflated', 1);
  const room = makeRoom(waiting, message, bytes, buffered, limits, ledger);
  if (room === 'accepted') waiting.push(message, bytes);
  if (room !== 'disconnect') return undefined;
  ledger.drop('slow-consumer', 1);
  return overflowText(waiting, buffered, limits);
}

/**
 * Whether one more message may wait for a client that does not keep up, after the policy has made room if it could.
 * 'dropped': the message itself is the one that goes. 'disconnect': the client has to.
 */
function makeRoom(
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
    if (message.droppable && goesItself(policy, message, bytes, waiting)) {
      ledger.drop('policy', 1);
      return 'dropped';
    }
    if (!waiting.removeDroppable(VICTIMS[policy])) return 'disconnect';
    ledger.drop('policy', 1);
  }
  return 'accepted';
}

/** Which of those that wait goes. */
const VICTIMS = { dropOldest: 'oldest', dropNewest: 'newest', dropGreediest: 'greediest' } as const;

/** Whether the message that the policy drops is the one that comes. */
function goesItself(policy: SlowConsumerPolicy, { sender }: EncodedMessage, bytes: number, waiting: Waiting): boolean {
  return policy === 'dropNewest' || (policy === 'dropGreediest' && waiting.wouldHaveMost(sender, bytes));
}

function isFull(waiting: Waiting, bytes: number, buffered: number, limits: ResolvedSlowConsumer): boolean {
  return waiting.length + 1 > limits.limitMessages || waiting.bytes + buffered + bytes > limits.limitBytes;
}

/** Why a client has to go that leaves too much unread. */
function overflowText(waiting: Waiting, buffered: number, limits: ResolvedSlowConsumer): string {
  return (
    `The client lets ${waiting.length} messages and ${waiting.bytes + buffered} bytes wait ` +
    `(slowConsumer.limitMessages is ${limits.limitMessages}, limitBytes ${limits.limitBytes}).`
  );
}

/** Why one has to go that reads nothing. */
export function stallText(stallMs: number): string {
  return `The client has taken no byte for ${stallMs} ms (slowConsumer.stallMs).`;
}

/** Why one has to go that has stateful reconnect, and does not say what has arrived. */
export function unacknowledgedText(stallMs: number): string {
  return `The client has acknowledged nothing for ${stallMs} ms, with a full buffer (slowConsumer.stallMs, statefulReconnectBufferBytes).`;
}
