import type { Cluster } from './cluster.ts';
import type { LogCounts } from './history/log-calls.ts';
import type { IncomingFault } from './link/incoming.ts';
import type { UnsharedReason } from './link/publisher.ts';

/** What a node and its backplane have done, and have now. All counts begin with the start of the node. */
export interface ClusterFigures {
  /** Other nodes that are alive. */
  readonly nodes: number;
  /** Milliseconds that the latest beacon of this node has taken to come back. */
  readonly lagMs: number;
  /** Questions to other nodes that wait for answers. */
  readonly questions: number;
  /** Invocations between this node and others that have not ended. */
  readonly invocations: number;
  /** Number of times that messages of another node were missing. */
  readonly gaps: number;
  /** Messages that did not reach the backplane, by reason. */
  readonly unshared: Readonly<Partial<Record<UnsharedReason, number>>>;
  /** Things that came and could not be read, by reason. */
  readonly faults: Readonly<Partial<Record<IncomingFault, number>>>;
  readonly logs: LogFigures;
}

/** Of groups that keep their messages. */
export interface LogFigures extends LogCounts {
  /** Logs that this node follows. */
  readonly followed: number;
  /** Memory of the entries that this node keeps of them, in bytes. */
  readonly cachedBytes: number;
  /** Number of times that messages of such a group were lost, and could not be read. */
  readonly unrepaired: number;
}

export function clusterFigures({
  gaps,
  invocations,
  link,
  logs,
  questions,
  shelf,
  unrepaired,
}: Cluster): ClusterFigures {
  return {
    nodes: link.directory.size,
    lagMs: link.lagMs,
    questions,
    invocations,
    gaps,
    unshared: { ...link.publisher.unshared },
    faults: { ...link.incoming.faults },
    logs: { followed: logs.size, cachedBytes: shelf.bytes, ...logs.calls.counts, unrepaired },
  };
}
