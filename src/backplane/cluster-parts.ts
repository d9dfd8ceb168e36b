import type { LimitedLog } from '../log-limit.ts';
import type { LinkParts } from './link/link-parts.ts';

/** Callbacks of a cluster to its server. */
export interface ClusterListener {
  /** A node has gone, or it is known again which are alive. */
  changed(): void;
  /** The others have taken this node for dead, and do not any more. */
  revived(): void;
  /** Once for each beacon of this node, while it is linked. */
  beat(): void;
}

export interface ClusterParts extends LinkParts {
  readonly log: LimitedLog;
  readonly listener: ClusterListener;
}
