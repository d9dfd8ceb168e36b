import { milliseconds, oneOf, type Rules, whole } from '../option-checks.ts';
import { SLOW_CONSUMER_POLICIES, type SlowConsumerPolicy } from '../protocol/encoded-message.ts';

/** Limits of the outgoing lane of one connection, and what happens beyond them. */
export interface SlowConsumerOptions {
  /**
   * Policy at a limit. Default: 'disconnect', with the close reason `slow-consumer`. 'dropOldest' and 'dropNewest' drop
   * a message that may be dropped; 'dropGreediest' drops the newest of the sender that has most bytes waiting for this
   * client.
   */
  readonly policy?: SlowConsumerPolicy;
  /**
   * Bytes in a socket's buffer from which on its lane writes no more; also about the number of bytes that a lane writes
   * at once. Default: 65,536.
   */
  readonly highWaterBytes?: number;
  /**
   * Bytes that may wait for one client, in its lane and its socket, after the lane's turn to write. Default: 1,048,576.
   * One single message may have any size.
   */
  readonly limitBytes?: number;
  /** Messages that may wait for one client. Default: 1,000. */
  readonly limitMessages?: number;
  /**
   * Milliseconds for which more than the limits may wait for a client that takes bytes, so that a burst does not
   * disconnect a client that reads it. After this time the limits apply to what the client has not taken. Sixteen times
   * either limit applies at once. Default: 1,000. 0: none.
   */
  readonly graceMs?: number;
  /**
   * Milliseconds after which a socket that takes nothing while something waits is closed, whatever the policy. Default:
   * 10,000.
   */
  readonly stallMs?: number;
}

export type ResolvedSlowConsumer = Required<SlowConsumerOptions>;

const DEFAULTS: ResolvedSlowConsumer = {
  policy: 'disconnect',
  highWaterBytes: 65_536,
  limitBytes: 1_048_576,
  limitMessages: 1_000,
  graceMs: 1_000,
  stallMs: 10_000,
};

export const SLOW_CONSUMER_RULES = {
  policy: oneOf(SLOW_CONSUMER_POLICIES),
  highWaterBytes: whole(1),
  limitBytes: whole(1),
  limitMessages: whole(1),
  graceMs: milliseconds(0),
  stallMs: milliseconds(1),
} satisfies Rules<SlowConsumerOptions>;

/** Resolves each option: the hub's own, else the server's, else the default. */
export function resolveSlowConsumer(
  server: SlowConsumerOptions = {},
  own: SlowConsumerOptions = {},
): ResolvedSlowConsumer {
  return Object.freeze({ ...DEFAULTS, ...server, ...own });
}
