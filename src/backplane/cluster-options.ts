import type { Clock } from '../clock.ts';
import { newNodeId } from '../ids.ts';
import { flag, must, oneOf, type Rule, type Rules, whole } from '../option-checks.ts';
import { kindOf } from '../value-texts.ts';
import type { Backplane } from './backplane.ts';
import { checkPrefix } from './backplane-prefix.ts';
import { createBackplane } from './create-backplane.ts';

/** Options of `createServer` for a server that is one of several nodes. */
export interface ClusterOptions {
  /**
   * Backplane, over which several servers are one: 'redis://HOST:PORT', 'rediss://...' with TLS, 'redis-sentinel://...',
   * 'memory:NAME' for the servers of this process that use the same name, or 'memory:' for this server alone. See
   * docs/scaling.md. Default: 'memory:'.
   */
  readonly backplane?: string;
  /** Begins all names that are used in Redis, so that services can share one. Default: 'signalbox'. */
  readonly backplanePrefix?: string;
  /**
   * Signs everything that the nodes send each other: what is not signed with it is not read. The same text on all nodes,
   * of 32 characters or more. Default: nothing is signed, and whoever may write to Redis is trusted.
   */
  readonly backplaneSecret?: string;
  /**
   * Id of this node, in session records, logs and answers. No other node may have it. Default: the name of the host and
   * a random part.
   */
  readonly nodeId?: string;
  /**
   * What becomes of messages that may have receivers on other nodes while the backplane cannot be reached. 'local': they
   * reach the receivers on this node, and are counted as not shared. 'reject': `send` rejects with a `RefusedError`, and
   * nobody gets them. So do claims of presence; with 'local' this node decides about them. Default: 'local'.
   */
  readonly onOutage?: OnOutage;
  /**
   * Whether `/readyz` stays at 200 while the backplane cannot be reached; it names the problem in any case. With false a
   * load balancer takes all nodes out of service at once when Redis is away. Default: true.
   */
  readonly readyWhenDegraded?: boolean;
  /** Milliseconds for which a node counts as alive that does not tell so any more. Default: 10,000. */
  readonly leaseMs?: number;
}

export type OnOutage = 'local' | 'reject';

export interface ResolvedCluster {
  /** undefined: this server alone. */
  readonly backplane: Backplane | undefined;
  readonly nodeId: string;
  readonly secret: string | undefined;
  readonly onOutage: OnOutage;
  readonly readyWhenDegraded: boolean;
  readonly leaseMs: number;
}

const PREFIX: Rule = {
  read(value) {
    checkPrefix(value);
    return value;
  },
};
const SHORTEST_SECRET = 32;
/** Visible characters of ASCII: it stands in names of channels and in answers. */
const NODE_ID = /^[!-~]{1,100}$/;

export const CLUSTER_RULES = {
  backplane: must('a URL', (value) => typeof value === 'string', kindOf),
  backplanePrefix: PREFIX,
  backplaneSecret: must(
    `a text of ${SHORTEST_SECRET} characters or more`,
    (value) => typeof value === 'string' && value.length >= SHORTEST_SECRET,
    kindOf,
  ),
  nodeId: must('1 to 100 visible characters of ASCII', (value) => typeof value === 'string' && NODE_ID.test(value)),
  onOutage: oneOf(['local', 'reject'] satisfies OnOutage[]),
  readyWhenDegraded: flag,
  leaseMs: whole(1_000, 600_000),
} satisfies Rules<ClusterOptions>;

/** @throws {OptionsError} for a text that names no backplane. */
export function resolveCluster(options: ClusterOptions, clock: Clock): ResolvedCluster {
  const {
    backplane = 'memory:',
    backplanePrefix: prefix = 'signalbox',
    backplaneSecret: secret,
    nodeId = newNodeId(),
    onOutage = 'local',
    readyWhenDegraded = true,
    leaseMs = 10_000,
  } = options;
  return {
    backplane: createBackplane(backplane, { clock, prefix }),
    nodeId,
    secret,
    onOutage,
    readyWhenDegraded,
    leaseMs,
  };
}
