import type { ResolvedSlowConsumer } from '../hub/hub-options.ts';
import type { EncodedMessage, SlowConsumerPolicy } from '../protocol/encoded-message.ts';
import type { Ledger } from './ledger.ts';
import type { WaitingQueue } from './waiting-queue.ts';

/** Multiple of the limits that acts at once, whatever time the client has had. */
const HARD_LIMIT = 16;

/** Multiples of the limits at which something happens to a lane. */
export interface Bounds {
  /** Where policies that drop messages begin to drop. */
  readonly dropAt: number;
  /** Where the client has to go, when nothing can be dropped. */
  readonly endAt: number;
}

/** Bounds for a client that had its time to come below the limits, and did not. */
export const STRICT: Bounds = { dropAt: 1, endAt: 1 };
/** Bounds while it has that time. */
export const GRACE: Bounds = { dropAt: HARD_LIMIT, endAt: HARD_LIMIT };
/** Bounds for a client that is away and may come back: what may be dropped is, but it is not slow. */
export const DETACHED: Bounds = { dropAt: 1, endAt: HARD_LIMIT };

/** Messages and bytes that wait for a client, in its lane and in its socket. */
export interface Lag {
  readonly messages: number;
  readonly bytes: number;
}

/** Whether so much is more than so many times the limits. */
export function exceeds({ messages, bytes }: Lag, limits: ResolvedSlowConsumer, times: number): boolean {
  return messages > limits.limitMessages * times || bytes > limits.limitBytes * times;
}

/**
 * Lets one more message wait for a client that does not keep up, or drops what the policy says.
 *
 * @param buffered Bytes that the client's socket holds already; they count against the limit, too.
 * @returns false when the client has to go.
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
  // With nothing waiting one message of any size is taken: otherwise it could never be sent at all.
  while (waiting.length > 0 && isFull(bounds.dropAt)) {
    const room = policy === 'disconnect' ? 'none' : makeRoom(policy, message, bytes, waiting);
    if (room !== 'none') ledger.drop('policy', 1);
    if (room === 'itself') return true;
    if (room === 'made') continue;
    if (!isFull(bounds.endAt)) break;
    ledger.drop('slow-consumer', 1);
    return false;
  }
  waiting.push(message, bytes);
  return true;
}

/** Drops one message by a policy: one that waits ('made'), or the one that comes ('itself'). 'none': there is none that may go. */
function makeRoom(
  policy: Exclude<SlowConsumerPolicy, 'disconnect'>,
  message: EncodedMessage,
  bytes: number,
  waiting: WaitingQueue,
): 'made' | 'itself' | 'none' {
  if (message.droppable && dropsIncoming(policy, message, bytes, waiting)) return 'itself';
  return waiting.removeDroppable(VICTIMS[policy]) ? 'made' : 'none';
}

/** Which of those that wait goes. */
const VICTIMS = { dropOldest: 'oldest', dropNewest: 'newest', dropGreediest: 'greediest' } as const;

/** Whether the message that the policy drops is the one that comes. */
function dropsIncoming(
  policy: SlowConsumerPolicy,
  { sender }: EncodedMessage,
  bytes: number,
  waiting: WaitingQueue,
): boolean {
  return policy === 'dropNewest' || (policy === 'dropGreediest' && waiting.wouldHaveMost(sender, bytes));
}

/** Why a client has to go that leaves too much unread. */
export function overflowText({ messages, bytes }: Lag, limits: ResolvedSlowConsumer): string {
  const { limitMessages, limitBytes, graceMs } = limits;
  return (
    `The client lets ${messages} messages and ${bytes} bytes wait (slowConsumer.limitMessages is ${limitMessages}, ` +
    `limitBytes ${limitBytes}; more for at most ${graceMs} ms, slowConsumer.graceMs, and never ${HARD_LIMIT} times as much).`
  );
}

/** Why one has to go that reads nothing. */
export function stallText(stallMs: number): string {
  return `The client has taken no byte for ${stallMs} ms (slowConsumer.stallMs).`;
}
