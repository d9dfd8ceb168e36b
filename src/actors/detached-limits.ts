import { OptionsError } from '../errors.ts';

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

/** @throws {OptionsError} naming the option, what it is and what it may be. */
export function resolveDetachedLimits(given: DetachedConnectionsOptions = {}): DetachedLimits {
  const limits: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given)) {
    if (!(name in DEFAULTS)) {
      const known = Object.keys(DEFAULTS).join(', ');
      throw new OptionsError(`createServer: there is no option detachedConnections.${name}. Known: ${known}.`);
    }
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 0) {
      const text = JSON.stringify(value) ?? String(value);
      throw new OptionsError(
        `createServer: detachedConnections.${name} is ${text}, but it must be a whole number from 0 on.`,
      );
    }
    limits[name] = value;
  }
  return Object.freeze(limits) as unknown as DetachedLimits;
}
