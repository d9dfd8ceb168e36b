import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { lived } from './lived.ts';
import { PresenceSimulation } from './presence-simulation.ts';
import {
  CLAIMS,
  CRASHES,
  CUTS,
  FAULTS,
  LINKS,
  LOSSES,
  NODES,
  type PresenceStep,
  steps,
  TIME,
} from './presence-steps.ts';

/**
 * Runs a history, and then ends it: faults first, then clients.
 *
 * @returns whether a connection was ended because somebody else has its key.
 */
async function live(
  simulation: PresenceSimulation,
  history: readonly PresenceStep[],
  check: () => void = () => {},
): Promise<boolean> {
  await lived(simulation, history, check);
  const { hasLost } = simulation;
  await simulation.finish();
  check();
  await simulation.checkCalm();
  return hasLost;
}

const kinds = ({ told }: PresenceSimulation) => new Set(told.map(({ change }) => change.kind));

describe('who is there, over all nodes', () => {
  property(
    'is told so that joined and left alternate, whatever happens to links and nodes, and is the same everywhere',
    [steps<PresenceSimulation>(CLAIMS, CLAIMS, TIME, CUTS, LINKS, NODES, CRASHES)],
    { runs: 300, sometimes: ['joined', 'left', 'updated', 'moved', 'told by another node', 'a claim was lost'] },
    async (history, reached) => {
      const simulation = await PresenceSimulation.start(3);
      const hasLost = await live(simulation, history, () => expect(simulation.disorder).toEqual([]));
      await simulation.checkTold();
      await simulation.checkNothingLeft();
      for (const kind of kinds(simulation)) reached(kind);
      reached('a claim was lost', hasLost);
      const left = simulation.told.filter(({ change }) => change.kind === 'left');
      reached(
        'told by another node',
        left.some(
          ({ change, node }) =>
            !change.entry.connectionIds.some((id) => node.server.peers.some((peer) => peer.id === id)),
        ),
      );
    },
  );

  property(
    'is told so as well when the store loses everything, and all nodes are there again before leases run out',
    [steps<PresenceSimulation>(CLAIMS, CLAIMS, CLAIMS, TIME, CUTS, NODES, LOSSES)],
    { runs: 200, sometimes: ['lost while somebody was there'] },
    async (history, reached) => {
      const simulation = await PresenceSimulation.start(3);
      const { exchange } = simulation.nodes;
      const kill = exchange.kill.bind(exchange);
      exchange.kill = (how) => {
        reached('lost while somebody was there', exchange.presences.size > simulation.living.length);
        kill(how);
      };
      await live(simulation, history, () => expect(simulation.disorder).toEqual([]));
      await simulation.checkTold();
      await simulation.checkNothingLeft();
    },
  );

  property(
    'is the same everywhere in the end, and nothing is left, whatever else is lost',
    [steps<PresenceSimulation>(CLAIMS, CLAIMS, TIME, CUTS, LINKS, NODES, CRASHES, LOSSES, FAULTS)],
    { runs: 300, sometimes: ['a claim was lost'] },
    async (history, reached) => {
      const simulation = await PresenceSimulation.start(3);
      const hasLost = await live(simulation, history);
      await simulation.checkNothingLeft();
      reached('a claim was lost', hasLost);
    },
  );

  property(
    'is decided by the store alone when nodes refuse to decide without it',
    [steps<PresenceSimulation>(CLAIMS, CLAIMS, TIME, CUTS, NODES)],
    { runs: 100, sometimes: ['claimed at once by two'] },
    async (history, reached) => {
      const simulation = await PresenceSimulation.start(3, { clusterOptions: { onOutage: 'reject' } });
      await live(simulation, history, () => {
        expect(simulation.disorder).toEqual([]);
        expect(simulation.rivals()).toEqual([]);
      });
      const answers = simulation.claimers.flatMap(({ answers }) => answers);
      reached('claimed at once by two', answers.includes(false));
    },
  );
});
