/** Limits of everything that depends on the answer of a Redis. */
export interface RedisLimits {
  /** Milliseconds until both connections have to be ready. */
  readonly connectMs: number;
  /** Milliseconds until a Sentinel has to have answered; then the next one is asked. */
  readonly sentinelMs: number;
  /** Milliseconds until a call has to be answered. One that is not means that the connection is lost. */
  readonly callMs: number;
  /** Bytes of messages that may wait for their answers. Further ones are refused. */
  readonly unansweredBytes: number;
  /** Pause before the second try to connect. It doubles with each try, up to the longest. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const REDIS_LIMITS: RedisLimits = {
  connectMs: 5_000,
  sentinelMs: 1_500,
  callMs: 3_000,
  unansweredBytes: 64 * 1024 * 1024,
  firstPauseMs: 50,
  longestPauseMs: 3_000,
};
