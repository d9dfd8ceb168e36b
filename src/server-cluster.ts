import { BackplaneLink } from './actors/backplane-link.ts';
import { figuresLogic } from './actors/figures.ts';
import type { Supervisor } from './actors/supervisor.ts';
import type { Backplane } from './backplane/backplane.ts';
import { Cluster } from './backplane/cluster.ts';
import { clusterFigures } from './backplane/cluster-figures.ts';
import type { ClusterListener } from './backplane/cluster-parts.ts';
import type { StartLinkActor } from './backplane/link/link-actor.ts';
import type { Alarms } from './clock.ts';
import type { LimitedLog } from './log-limit.ts';
import type { ResolvedOptions } from './options.ts';
import type { OtherServers } from './server-auth.ts';
import type { StorageNeighbours } from './server-storage.ts';
import type { HealthProblem } from './web/health.ts';

/** Parts of the server that its cluster needs. */
export interface ServerClusterParts {
  readonly options: ResolvedOptions;
  readonly bootId: string;
  /** Instead of that of the options. */
  readonly backplane: Backplane | undefined;
  readonly supervisor: Supervisor;
  readonly alarms: Alarms;
  readonly nextTurn: (run: () => void) => void;
  readonly log: LimitedLog;
  readonly listener: Omit<ClusterListener, 'beat'>;
}

/** Makes a server one of several. undefined: it has no backplane, and is alone. */
export function joinCluster(parts: ServerClusterParts): Cluster | undefined {
  const { options, supervisor, ...more } = parts;
  const { nodeId, leaseMs, secret } = options.cluster;
  const backplane = parts.backplane ?? options.cluster.backplane;
  if (backplane === undefined) return undefined;
  const startActor: StartLinkActor = (actions) => new BackplaneLink(supervisor, actions);
  // The link has ended before the actors stop: no beacon comes later.
  const listener = { ...parts.listener, beat: () => actor.send({ type: 'beacon.sent' }) };
  const cluster = new Cluster({ ...more, listener, backplane, nodeId, leaseMs, secret, startActor });
  const actor = supervisor.service(
    'cluster',
    figuresLogic<{ readonly type: 'beacon.sent' }>(() => clusterFigures(cluster)),
  );
  return cluster;
}

/** Problem of a server that cannot reach the other nodes, as a public text. */
export function clusterProblem(
  cluster: Cluster | undefined,
  { readyWhenDegraded }: ResolvedOptions['cluster'],
): HealthProblem | undefined {
  if (cluster === undefined || cluster.isLinked) return undefined;
  return {
    part: 'backplane',
    text: `The other nodes cannot be reached: the link is ${cluster.state}.`,
    severity: readyWhenDegraded ? 'degraded' : 'unready',
  };
}

/**
 * The other nodes, for questions about the whole server. Those that did not answer are logged: they may still let in
 * what was revoked. undefined: the server is alone.
 */
export function otherServers(cluster: Cluster | undefined, log: LimitedLog): OtherServers | undefined {
  if (cluster === undefined) return undefined;
  return {
    on: (name, answer) => cluster.answers.on(name, null, answer),
    tell: async (name, args) => {
      const { replies, missing } = await cluster.askAll({ name, hub: null, args });
      if (missing.length > 0)
        log.warn(
          { change: name, missing: missing.map(({ nodeId }) => nodeId) },
          'other nodes were not told of a change',
        );
      return replies.map(({ value }) => value);
    },
  };
}

/** The other nodes, for the storage. Without a backplane none is alive. */
export function storageNeighbours(cluster: Cluster | undefined, nodeId: string): StorageNeighbours {
  if (cluster === undefined) return { nodeId, isAlive: () => false, takeTurn: undefined };
  return { nodeId, isAlive: (id) => cluster.isAlive(id), takeTurn: (name, ms) => cluster.takeTurn(name, ms) };
}
