import { type Rules, whole } from '../../option-checks.ts';

/**
 * Limits on what a server keeps for clients that have lost their transport and may come back (stateful reconnect). Past
 * a limit on all, the newest connection of the address that holds most ends. Past a limit of one user, the connection
 * of that user that was detached first ends. Such connections end as `connection-lost`.
 */
export interface DetachedConnectionsOptions {
  /** Number of connections that may be without a transport at once. Default: 10,000. 0: no client can come back. */
  readonly limitConnections?: number;
  /**
   * Bytes that may be kept for all of them together, sent and not acknowledged, or waiting. Those of connections that
   * have a transport count beyond 100,000 each. Default: 67,108,864.
   */
  readonly limitBytes?: number;
  /**
   * Number of connections of one user (`User.id`) without a transport. Those without a user id have no such limit.
   * Default: 100.
   */
  readonly limitConnectionsPerUser?: number;
  /** Bytes that may be kept for one user. Default: 4,194,304. */
  readonly limitBytesPerUser?: number;
}

export type DetachedLimits = Required<DetachedConnectionsOptions>;

const MEBI = 1024 * 1024;
const DEFAULTS: DetachedLimits = {
  limitConnections: 10_000,
  limitBytes: 64 * MEBI,
  limitConnectionsPerUser: 100,
  limitBytesPerUser: 4 * MEBI,
};

/** Permitted values of each limit. */
export const DETACHED_RULES = {
  limitConnections: whole(0),
  limitBytes: whole(0),
  limitConnectionsPerUser: whole(0),
  limitBytesPerUser: whole(0),
} satisfies Rules<DetachedConnectionsOptions>;

/** The given limits, read with `DETACHED_RULES`, and defaults for the others. */
export function resolveDetachedLimits(given: DetachedConnectionsOptions = {}): DetachedLimits {
  return Object.freeze({ ...DEFAULTS, ...given });
}
