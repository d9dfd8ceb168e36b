import { figuresLogic } from './actors/figures.ts';
import type { Supervisor } from './actors/supervisor.ts';
import type { Backplane } from './backplane/backplane.ts';
import type { Cluster } from './backplane/cluster.ts';
import type { ResolvedCluster } from './backplane/cluster-options.ts';
import { MemoryPresences, presenceStoreOver } from './backplane/memory/memory-presences.ts';
import { NodePresence } from './backplane/presence/node-presence.ts';
import { ALONE, type PresenceLink } from './backplane/presence/presence-link.ts';
import { tellerOf } from './backplane/presence/told-changes.ts';
import type { Alarms, Clock } from './clock.ts';
import type { PresenceChange } from './hub/presence.ts';
import type { Log } from './log.ts';
import { promised } from './promises.ts';

/** One hub of a server, whose presence is mounted. */
export interface PresentHub {
  /** Key of the hub, the same on all nodes. */
  readonly hub: string;
  readonly path: string;
  readonly options: ResolvedCluster;
  readonly bootId: string;
  /** undefined: there are no other nodes. */
  readonly cluster: Cluster | undefined;
  /** That of the cluster. */
  readonly backplane: Backplane | undefined;
  readonly supervisor: Supervisor;
  readonly alarms: Alarms;
  readonly clock: Clock;
  readonly log: Log;
  readonly onPresence: ((change: PresenceChange) => unknown) | undefined;
}

/** Builds the presence of a hub, over the backplane or in this process alone. */
export function mountPresence(mounted: PresentHub): NodePresence {
  const { hub, path, options, bootId, cluster, backplane, clock, alarms, log, supervisor } = mounted;
  const alone = new MemoryPresences(clock, { holds: () => true });
  const presence = new NodePresence({
    ...{ hub, alarms, leaseMs: options.leaseMs, mayRefuse: options.onOutage === 'reject' },
    boot: { nodeId: options.nodeId, bootId },
    store: backplane?.presence ?? presenceStoreOver((work) => promised(() => work(alone))),
    link: cluster === undefined ? ALONE : linkOf(cluster),
    tell: tellerOf(mounted.onPresence, log),
  });
  if (cluster === undefined) presence.linked();
  else cluster.watchers.add(presence);
  supervisor.service(
    `presence:${path}`,
    figuresLogic(() => presence.figures),
  );
  return presence;
}

function linkOf(cluster: Cluster): PresenceLink {
  const { lease } = cluster.link;
  return {
    get isSure() {
      return lease.isSure;
    },
    renew: () => lease.renewNow(),
    takeTurn: (name, ms) => cluster.takeTurn(name, ms),
  };
}
