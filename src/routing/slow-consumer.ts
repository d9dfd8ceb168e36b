import type { ResolvedSlowConsumer } from '../hub/slow-consumer-options.ts';
import { closeReason } from '../protocol/close.ts';
import type { EncodedMessage, SlowConsumerPolicy } from '../protocol/encoded-message.ts';
import type { LaneEvent } from './lane-parts.ts';
import type { Ledger } from './ledger.ts';
import type { WaitingQueue } from './waiting-queue.ts';

/** Multiple of the limits that applies at once, during the grace time, too. */
const HARD_LIMIT = 16;

/** Multiples of the limits at which a lane drops messages or disconnects its client. */
export interface Bounds {
  /** Multiple at which the drop policies begin to drop. */
  readonly dropAt: number;
  /** Multiple at which the client is disconnected, when no message can be dropped. */
  readonly endAt: number;
}

/** Bounds when the grace time is over. */
export const STRICT: Bounds = { dropAt: 1, endAt: 1 };
/** Bounds during the grace time. */
export const GRACE: Bounds = { dropAt: HARD_LIMIT, endAt: HARD_LIMIT };
/**
 * Bounds for a client that has no transport and may come back. It is not slow, so only dropping begins at the limits.
 */
export const DETACHED: Bounds = { dropAt: 1, endAt: HARD_LIMIT };

/** Messages and bytes that wait for a client, in its lane and in its socket. */
export interface Lag {
  readonly messages: number;
  readonly bytes: number;
}

/** What waits for one client. */
export interface LaneLag extends Lag {
  /** Milliseconds since which something has waited without a break; 0: nothing waits, or only for this turn. */
  readonly oldestMs: number;
}

/** Whether this exceeds `times` times the limits. */
export function exceeds({ messages, bytes }: Lag, limits: ResolvedSlowConsumer, times: number): boolean {
  return messages > limits.limitMessages * times || bytes > limits.limitBytes * times;
}

/**
 * Enqueues one more message for a client that does not keep up, or drops what the policy says.
 *
 * @param buffered Bytes in the buffer of the client's socket; they count against the limit, too.
 * @returns false when the client has to be disconnected.
 */
export function enqueueOrDrop(
  message: EncodedMessage,
  bytes: number,
  waiting: WaitingQueue,
  buffered: number,
  limits: ResolvedSlowConsumer,
  bounds: Bounds,
  ledger: Ledger,
): boolean {
  if (message.conflate !== undefined && waiting.removeKey(message.conflate)) ledger.drop('conflated', 1);
  const policy = message.policy ?? limits.policy;
  const isFull = (times: number) =>
    exceeds({ messages: waiting.length + 1, bytes: waiting.bytes + buffered + bytes }, limits, times);
  // An empty queue takes a message of any size: otherwise it could never be sent.
  while (waiting.length > 0 && isFull(bounds.dropAt)) {
    const dropped = policy === 'disconnect' ? 'none' : dropOne(policy, message, bytes, waiting);
    if (dropped !== 'none') ledger.drop('policy', 1);
    if (dropped === 'incoming') return true;
    if (dropped === 'waiting') continue;
    if (!isFull(bounds.endAt)) break;
    ledger.drop('slow-consumer', 1);
    return false;
  }
  waiting.push(message, bytes);
  return true;
}

/** Drops one message by a policy. @returns which one it was; 'none': none may be dropped. */
function dropOne(
  policy: Exclude<SlowConsumerPolicy, 'disconnect'>,
  message: EncodedMessage,
  bytes: number,
  waiting: WaitingQueue,
): 'waiting' | 'incoming' | 'none' {
  if (message.droppable && dropsIncoming(policy, message, bytes, waiting)) return 'incoming';
  return waiting.removeDroppable(VICTIMS[policy]) ? 'waiting' : 'none';
}

/** The waiting message that each policy drops. */
const VICTIMS = { dropOldest: 'oldest', dropNewest: 'newest', dropGreediest: 'greediest' } as const;

/** Whether the policy drops the incoming message. */
function dropsIncoming(
  policy: SlowConsumerPolicy,
  { sender }: EncodedMessage,
  bytes: number,
  waiting: WaitingQueue,
): boolean {
  return policy === 'dropNewest' || (policy === 'dropGreediest' && waiting.wouldHaveMost(sender, bytes));
}

/** The reason to disconnect a client that leaves too much unread. */
export function overflowText({ messages, bytes }: Lag, limits: ResolvedSlowConsumer): string {
  const { limitMessages, limitBytes, graceMs } = limits;
  return (
    `The client lets ${messages} messages and ${bytes} bytes wait (slowConsumer.limitMessages is ${limitMessages}, ` +
    `limitBytes ${limitBytes}; more for at most ${graceMs} ms, slowConsumer.graceMs, and never ${HARD_LIMIT} times as much).`
  );
}

/** The reason to disconnect a client that reads nothing. */
export function stallText(stallMs: number): string {
  return `The client has taken no byte for ${stallMs} ms (slowConsumer.stallMs).`;
}

/** Event that ends the connection of a client that reads too slowly. */
export function endedAsSlow(text: string): LaneEvent {
  return { type: 'connection.ended', reason: closeReason('slow-consumer', { error: new Error(text) }) };
}
