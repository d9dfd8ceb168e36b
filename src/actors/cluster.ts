import type { ActorLogic, Snapshot } from 'xstate';
import type { ClusterFigures } from '../backplane/cluster-figures.ts';

interface ClusterEvent {
  readonly type: 'beacon.sent';
}
type ClusterSnapshot = Snapshot<undefined> & { toJSON(): unknown };

/** Logic of the actor that shows the inspector what this node does with the others: its figures with each beacon. */
export function clusterLogic(figures: () => ClusterFigures): ActorLogic<ClusterSnapshot, ClusterEvent> {
  return {
    getInitialSnapshot: () => ({
      status: 'active',
      output: undefined,
      error: undefined,
      toJSON: () => ({ status: 'active', ...figures() }),
    }),
    transition: (snapshot) => snapshot,
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}
