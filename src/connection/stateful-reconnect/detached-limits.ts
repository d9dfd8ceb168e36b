import { type Rules, whole } from '../../option-checks.ts';

/**
 * Bounds on what a server keeps for clients that have lost their transport and may come back (stateful reconnect). Past one
 * of those for all, the address that holds most pays, with the last that came; past one of a user's, those go who have been
 * away for longest. Their connections end as `connection-lost`.
 */
export interface DetachedConnectionsOptions {
  /** How many connections may be without a transport at once. Default: 10,000. 0: nobody can come back. */
  readonly limitConnections?: number;
  /**
   * Bytes that may be kept for all of them together: sent and not acknowledged, or waiting; and for those who have a transport
   * beyond 100,000 each. Default: 67,108,864.
   */
  readonly limitBytes?: number;
  /** How many of one user's (`User.id`; those who are nobody in particular count only above). Default: 100. */
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

/** What each bound may be. */
export const DETACHED_RULES = {
  limitConnections: whole(0),
  limitBytes: whole(0),
  limitConnectionsPerUser: whole(0),
  limitBytesPerUser: whole(0),
} satisfies Rules<DetachedConnectionsOptions>;

/** The bounds that were given, read with `DETACHED_RULES`, else the defaults. */
export function resolveDetachedLimits(given: DetachedConnectionsOptions = {}): DetachedLimits {
  return Object.freeze({ ...DEFAULTS, ...given });
}
