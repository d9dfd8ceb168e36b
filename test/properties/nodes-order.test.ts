import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { expectedReceivers } from './addresses.ts';
import { checkOrder } from './nodes-checks.ts';
import { NodeParticipant, NodesSimulation } from './nodes-simulation.ts';
import { LIVES, QUESTIONS, RELEASES, steps, TIME } from './nodes-steps.ts';

describe('without faults of the backplane', () => {
  property(
    'each member on each node reads exactly the messages that it is meant to read, in their order',
    [steps(LIVES, LIVES, QUESTIONS)],
    { runs: 60, sometimes: ['a client has read messages of several nodes'] },
    async (history, reached) => {
      const simulation = await NodesSimulation.start();
      for (const { run } of history) {
        await run(simulation);
        await simulation.nodes.settle();
      }
      for (const { id, heard, due, hasBegunToEnd } of simulation.participants) {
        if (!hasBegunToEnd) expect({ id, heard }).toEqual({ id, heard: due });
        const senders = new Set(heard.map((number) => simulation.messages[number]?.node));
        reached('a client has read messages of several nodes', senders.size > 1);
      }
      expect(simulation.gaps).toEqual([]);
    },
  );

  property(
    'messages of one sender arrive in their order on every node, also behind a moderator, and none is missing',
    [steps(LIVES, LIVES, LIVES, RELEASES, TIME), fc.constantFrom(2, 3, 5, 1_000)],
    { runs: 100, sometimes: ['a message was held', 'a settled client has read several messages'] },
    async (history, holdsEach, reached) => {
      const holds = (number: number): boolean => number % holdsEach === 1;
      const simulation = await NodesSimulation.start({ holds });
      for (const { run } of history) await run(simulation);
      await simulation.nodes.settle();
      for (let n = 0; n <= simulation.messages.length; n++) {
        simulation.release();
        await simulation.nodes.settle();
      }
      checkOrder(simulation);
      const { messages, participants } = simulation;
      reached(
        'a message was held',
        messages.some(({ number }) => holds(number)),
      );
      for (const participant of participants.filter(({ isSettled }) => isSettled)) {
        const due = messages.flatMap(({ from, address, number }) => {
          const sender = from instanceof NodeParticipant ? from : undefined;
          return expectedReceivers(address, sender, [participant]).map(() => number);
        });
        const heard = [...participant.heard].sort((one, other) => one - other);
        reached('a settled client has read several messages', heard.length > 1);
        expect({ key: participant.key, heard }).toEqual({ key: participant.key, heard: due });
      }
      expect(simulation.gaps).toEqual([]);
    },
  );
});
