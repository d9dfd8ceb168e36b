import { describe, expect } from 'vitest';
import { NO_NODES_LEFT } from '../support/memory-nodes.ts';
import { property } from '../support/property.ts';
import { LEASE_MS } from './living-nodes.ts';
import { checkAnswers, checkBalance, checkLives, checkLosses, checkOrder, lossesOf } from './nodes-checks.ts';
import { NodesSimulation } from './nodes-simulation.ts';
import { LIVES, NODE_ENDS, QUESTIONS, SLOW, steps, TIME, TROUBLE } from './nodes-steps.ts';

/** Limits that a slow client reaches. */
const SMALL = { highWaterBytes: 100, limitBytes: 1_000, limitMessages: 5, stallMs: 4_000 };
const troubled = steps(LIVES, LIVES, QUESTIONS, TIME, TIME, TROUBLE, NODE_ENDS);

describe('whatever happens to the backplane and to nodes', () => {
  property(
    'each member gets a message once or never, in the order of its sender, and all counts add up',
    [steps(LIVES, LIVES, QUESTIONS, SLOW, TIME, TIME, TROUBLE, NODE_ENDS)],
    {
      runs: 200,
      sometimes: ['messages were lost', 'messages were not shared', 'messages were shared', 'a lane has waited'],
    },
    async (history, reached) => {
      const simulation = await NodesSimulation.start({ hubOptions: { slowConsumer: SMALL } });
      for (const { run } of history) {
        await run(simulation);
        checkBalance(simulation);
        const lanes = simulation.participants.map(({ peer }) => peer.connection.session?.lane.lag.messages ?? 0);
        reached('a lane has waited', Math.max(...lanes) > 0);
      }
      await simulation.heal();
      checkOrder(simulation);
      checkBalance(simulation);
      const publishers = simulation.nodes.all.map(({ cluster }) => cluster.link.publisher);
      reached('messages were lost', simulation.nodes.exchange.lost > 0);
      reached(
        'messages were shared',
        publishers.some(({ shared }) => shared > 0),
      );
      reached(
        'messages were not shared',
        publishers.some(({ unshared }) => Object.keys(unshared).length > 0),
      );
    },
  );

  property(
    'nothing waits for ever, all nodes are linked when it is over, and nothing is left of any connection',
    [troubled],
    { runs: 150, sometimes: ['a node has crashed', 'a node has ended', 'an answer was not whole'] },
    async (history, reached) => {
      const simulation = await NodesSimulation.start();
      for (const { run } of history) await run(simulation);
      // Longer than every deadline, with all faults.
      await simulation.nodes.pass(2 * LEASE_MS);
      checkAnswers(simulation);
      expect(await simulation.heal()).toBe(true);
      await simulation.finish();
      checkLives(simulation);
      for (const node of simulation.living) {
        expect({ node: node.nodeId, ...node.leftovers() }).toEqual({ node: node.nodeId, ...NO_NODES_LEFT });
        expect(node.server.log.faults).toEqual([]);
        expect(node.cluster.link.directory.size).toEqual(simulation.living.length - 1);
      }
      expect([...simulation.drained].filter(([node, isOver]) => !isOver && !node.hasCrashed)).toEqual([]);
      reached(
        'a node has crashed',
        simulation.nodes.all.some(({ hasCrashed }) => hasCrashed),
      );
      reached('a node has ended', [...simulation.drained.values()].includes(true));
      reached(
        'an answer was not whole',
        simulation.asked.some(({ what, outcome }) => what === 'members' && outcome instanceof Error),
      );
    },
  );

  property(
    'each message that was lost between two linked nodes is told to the node of its receiver',
    [steps(LIVES, LIVES, LIVES, TIME, TIME, TROUBLE)],
    { runs: 150, sometimes: ['a message to a group was lost'] },
    async (history, reached) => {
      const simulation = await NodesSimulation.start();
      // A node has to have heard beacons of the others since it has subscribed.
      await simulation.nodes.pass(3_000);
      for (const { run } of history) await run(simulation);
      expect(await simulation.heal()).toBe(true);
      const losses = lossesOf(simulation);
      reached('a message to a group was lost', losses.length > 0);
      checkLosses(losses, simulation);
    },
  );
});
