import type { Cluster } from './backplane/cluster.ts';
import type { OnOutage } from './backplane/cluster-options.ts';
import { SharedHistories } from './backplane/history/shared-histories.ts';
import { answerForHub } from './backplane/hub-answers.ts';
import { HubCluster } from './backplane/hub-cluster.ts';
import { ReceivedMessages } from './backplane/received-messages.ts';
import { RemoteInvocations } from './backplane/remote-invocations.ts';
import type { Alarms } from './clock.ts';
import { loggable } from './errors.ts';
import type { HistoryPatterns } from './hub/history-options.ts';
import type { ResolvedOutboxes } from './hub/outbox-options.ts';
import type { Log } from './log.ts';
import type { Codec } from './protocol/codec.ts';
import type { OtherNodes } from './routing/other-nodes.ts';
import type { ThisNode } from './routing/this-node.ts';

/** One hub of a server that is one of several nodes. */
export interface ClusterHub {
  /** Key of the hub, the same on all nodes. */
  readonly hub: string;
  readonly cluster: Cluster;
  readonly bootId: string;
  readonly onOutage: OnOutage;
  readonly codecs: readonly Codec[];
  readonly outboxes: ResolvedOutboxes;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly onGap: ((group: string) => void) | undefined;
  /** undefined: no group of the hub keeps its messages. */
  readonly history: HistoryPatterns | undefined;
  unknown(connectionId: string): void;
}

/** The same hub on other nodes, and the histories that all of them share. */
export interface MountedCluster {
  readonly otherNodes: OtherNodes;
  readonly histories: SharedHistories | undefined;
}

/** Connects one hub with the same hub on other nodes. */
export function mountCluster(mounted: ClusterHub, thisNode: ThisNode): MountedCluster {
  const { alarms, bootId, cluster, codecs, hub, history, log, outboxes } = mounted;
  const gap = (group: string): void => {
    try {
      mounted.onGap?.(group);
    } catch (error) {
      log.error({ error: loggable(error) }, 'onGap failed');
    }
  };
  const histories =
    history &&
    new SharedHistories({
      ...{ hub, patterns: history, codecs, thisNode },
      ...{ envelopes: cluster.link.envelopes, logs: cluster.logs, shelf: cluster.shelf },
      lost: (group) => {
        cluster.unrepaired += 1;
        log.warn({}, 'messages of a group were lost, and are not in its history');
        gap(group);
      },
      failed: (error) => log.warn({ error: loggable(error) }, 'the history of a group could not be read'),
    });
  if (histories !== undefined) cluster.logs.use(histories);
  const invocations = new RemoteInvocations(hub, bootId, alarms, cluster);
  const otherNodes = new HubCluster({
    hub,
    codecs,
    link: cluster,
    invocations,
    histories,
    waiting: {
      broadcast: { messages: 0, capacity: outboxes.broadcast.capacity },
      whisper: { messages: 0, capacity: outboxes.whisper.capacity },
    },
    mayRefuse: mounted.onOutage === 'reject',
    unknown: (connectionId) => mounted.unknown(connectionId),
  });
  answerForHub(cluster.answers, hub, thisNode, invocations, (group) => otherNodes.whenHeard(group));
  cluster.join(hub, {
    received: new ReceivedMessages(codecs, thisNode, invocations),
    invocations,
    gap,
  });
  return { otherNodes, histories };
}
