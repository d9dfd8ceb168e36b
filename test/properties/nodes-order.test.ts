import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { GROUPS, group } from './addresses.ts';
import { checkAllHeard, checkOrder } from './nodes-checks.ts';
import { type NodeParticipant, NodesSimulation } from './nodes-simulation.ts';
import { LIVES, QUESTIONS, RELEASES, steps, TIME } from './nodes-steps.ts';

/** Groups that keep their messages: none, some, or all. */
const kept = fc.subarray([...GROUPS]);

/** Checks the order of those who are in their groups for good: who joins one is told first what comes meanwhile. */
function checkSettledOrder(simulation: NodesSimulation): void {
  checkOrder(
    simulation,
    simulation.participants.filter(({ isSettled }) => isSettled),
  );
}

describe('without faults of the backplane', () => {
  property(
    'each member on each node reads exactly the messages that it is meant to read, in their order',
    [steps(LIVES, LIVES, QUESTIONS), kept],
    { runs: 60, sometimes: ['a client has read messages of several nodes'] },
    async (history, kept, reached) => {
      const simulation = await NodesSimulation.start({ kept });
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
    [steps(LIVES, LIVES, LIVES, RELEASES, TIME), fc.constantFrom(2, 3, 5, 1_000), kept],
    { runs: 150, sometimes: ['a message was held', 'a settled client has read several messages'] },
    async (history, holdsEach, kept, reached) => {
      const holds = (number: number): boolean => number % holdsEach === 1;
      const simulation = await NodesSimulation.start({ holds, kept });
      for (const { run } of history) await run(simulation);
      await simulation.nodes.settle();
      for (let n = 0; n <= simulation.messages.length; n++) {
        simulation.release();
        await simulation.nodes.settle();
      }
      if (kept.length === 0) checkOrder(simulation);
      else checkSettledOrder(simulation);
      const { messages, participants } = simulation;
      reached(
        'a message was held',
        messages.some(({ number }) => holds(number)),
      );
      checkAllHeard(simulation);
      reached(
        'a settled client has read several messages',
        participants.some(({ isSettled, heard }) => isSettled && heard.length > 1),
      );
      expect(simulation.gaps).toEqual([]);
    },
  );
});

describe('on a backplane that delays messages', () => {
  property(
    'those of one sender stay in their order, and none is missing',
    [steps(LIVES, LIVES, TIME), fc.infiniteStream(fc.constantFrom(0, 0, 100, 700))],
    { runs: 60, sometimes: ['a message was late'] },
    async (history, delays, reached) => {
      const simulation = await NodesSimulation.start();
      simulation.nodes.exchange.delayOf = () => delays.next().value as number;
      for (const { run } of history) await run(simulation);
      reached(
        'a message was late',
        simulation.nodes.all.some(({ backplane }) => backplane.arriving > 0),
      );
      await simulation.nodes.pass(3_000);
      checkOrder(simulation);
      checkAllHeard(simulation);
    },
  );

  property(
    'to each node by itself: also those that are kept stay in their order, whoever else adds some',
    [steps(LIVES, LIVES, TIME), fc.array(fc.constantFrom(0, 100, 700), { minLength: 3, maxLength: 3 }), kept],
    { runs: 100, sometimes: ['a kept message was late'] },
    async (history, delays, kept, reached) => {
      const simulation = await NodesSimulation.start({ kept });
      const { exchange, all } = simulation.nodes;
      exchange.delayOf = ({ to, kind }) => {
        const delay = delays[all.findIndex(({ backplane }) => backplane === to)] ?? 0;
        reached('a kept message was late', kind === 'entry' && delay > 0);
        return delay;
      };
      for (const { run } of history) await run(simulation);
      // Messages that go to histories and to others wait for each other.
      while (simulation.messages.some(({ outcome }) => outcome === 'pending')) await simulation.nodes.pass(1_000);
      await simulation.nodes.pass(3_000);
      if (kept.length === 0) checkOrder(simulation);
      else checkSettledOrder(simulation);
      checkAllHeard(simulation);
      // A message of any other group that was sent before a member has joined may look like a missing one.
      expect(simulation.gaps.filter(({ group }) => (kept as readonly string[]).includes(group))).toEqual([]);
    },
  );

  property(
    'and lets them overtake others: those of one sender to one group stay in their order, and none comes twice',
    [steps(LIVES, TIME), fc.array(fc.tuple(fc.nat(5), group), { maxLength: 30, size: 'max' })],
    { runs: 60, sometimes: ['a message has overtaken another one'] },
    async (history, sent, reached) => {
      const simulation = await NodesSimulation.start();
      const { exchange } = simulation.nodes;
      exchange.reorders = true;
      exchange.delayOf = ({ channel }) => (channel.endsWith('red') ? 700 : channel.endsWith('blue') ? 300 : 0);
      for (const { run } of history) await run(simulation);
      await simulation.nodes.pass(3_000);
      const first = simulation.messages.length;
      for (const [key, name] of sent) {
        simulation.call(simulation.participant(key), [{ to: 'groups', groups: [name], not: 0 }]);
        await simulation.nodes.settle();
      }
      await simulation.nodes.pass(3_000);
      for (const { heard } of simulation.participants) {
        const late = heard.filter((number) => number >= first);
        reached(
          'a message has overtaken another one',
          late.some((number, at) => number < Math.max(...late.slice(0, at))),
        );
        expect(new Set(late).size).toEqual(late.length);
        for (const name of GROUPS) {
          for (const from of simulation.participants) {
            const numbers = late.filter((number) => isFrom(simulation, number, from, name));
            expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
          }
        }
      }
      checkAllHeard(simulation);
    },
  );
});

function isFrom({ messages }: NodesSimulation, number: number, sender: NodeParticipant, name: string): boolean {
  const { from, address } = messages[number] as (typeof messages)[number];
  return from === sender && 'groups' in address && address.groups.includes(name);
}
