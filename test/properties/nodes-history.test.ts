import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { positionText } from '../../src/protocol/position.ts';
import { property } from '../support/property.ts';
import { HistorySimulation, SIZE } from './history-simulation.ts';
import { type Step, step, steps, working } from './presence-steps.ts';

const at = fc.nat(5);

const SAYING = [
  step('Say', fc.tuple(at, fc.integer({ min: 1, max: 3 })), (simulation: HistorySimulation, [number, times]) => {
    const node = working(simulation, number);
    for (let time = 0; time < times && node !== undefined; time++) simulation.say(node);
  }),
  step('SayAgain', fc.tuple(at, fc.nat(2)), (simulation: HistorySimulation, [number, id]) => {
    const node = working(simulation, number);
    if (node !== undefined) simulation.say(node, `id ${id}`);
  }),
  step('SayMuch', at, (simulation: HistorySimulation, number) => {
    const node = working(simulation, number);
    for (let time = 0; time < SIZE + 3 && node !== undefined; time++) simulation.say(node);
  }),
];
const TURNS = [
  step('Turns', fc.nat(4), async ({ nodes }: HistorySimulation, turns) => {
    for (let turn = 0; turn < turns; turn++) await nodes.turn();
  }),
  step('Settle', fc.constant(0), ({ nodes }: HistorySimulation) => nodes.settle()),
  step('Pass', fc.constantFrom(100, 1_000, 3_000, 15_000), ({ nodes }: HistorySimulation, ms) => nodes.pass(ms)),
];
const READING = [
  step('Cut', at, ({ readers }: HistorySimulation, number) => readers[number % readers.length]?.peer.client.cut()),
  step('ComeBack', fc.tuple(at, at), (simulation: HistorySimulation, [reader, number]) => {
    const node = working(simulation, number);
    if (node !== undefined) simulation.readers[reader % simulation.readers.length]?.comeBack(node);
  }),
  step('Read', fc.constant(0), (simulation: HistorySimulation) => simulation.read()),
];
const TROUBLE = [
  step('CutLink', at, ({ nodes }: HistorySimulation, number) => nodes.at(number).backplane.cut()),
  step('Deafen', at, ({ nodes }: HistorySimulation, number) => nodes.at(number).backplane.deafen()),
  step('Away', at, ({ nodes }: HistorySimulation, number) => {
    const { backplane } = nodes.at(number);
    backplane.isAway = true;
    backplane.cut();
  }),
  step('Back', at, ({ nodes }: HistorySimulation, number) => {
    const { backplane } = nodes.at(number);
    backplane.isAway = false;
    backplane.tryAgain();
  }),
  step('Lose', fc.nat(3), ({ nodes: { exchange } }: HistorySimulation, of) => {
    let number = 0;
    exchange.loses = () => {
      number += 1;
      return number % 4 < of;
    };
  }),
  step('Delay', fc.constantFrom(0, 50, 2_000), ({ nodes: { exchange } }: HistorySimulation, ms) => {
    exchange.delayOf = () => ms;
  }),
  step(
    'Unanswered',
    fc.tuple(at, fc.constantFrom('append', 'read', 'follow')),
    ({ nodes }: HistorySimulation, [number, call]) => {
      nodes.at(number).backplane.faults.set(call as 'append', 'unanswered');
    },
  ),
  step('Answered', at, ({ nodes }: HistorySimulation, number) => nodes.at(number).backplane.faults.clear()),
];
const ENDS = [
  step('Crash', at, ({ nodes, living }: HistorySimulation, number) => {
    if (living.length > 1) nodes.at(number).crash();
  }),
];
const LOSSES = [
  step('Snapshot', fc.constant(0), (simulation: HistorySimulation) => simulation.snapshot()),
  step('Restore', fc.constant(0), (simulation: HistorySimulation) => simulation.restore()),
  step('Flush', fc.constant(0), (simulation: HistorySimulation) => simulation.flush()),
];

/**
 * Checks that no reader has read a message twice, or has missed one without a word. A node that has told that messages
 * are lost has not hidden it: they were trimmed before it could read them.
 */
function checkFaults({ readers, gaps }: HistorySimulation): void {
  const faults = readers.flatMap((reader, key) => reader.faults.map((fault) => ({ ...fault, key })));
  const hidden = faults.filter(({ what, node }) => what !== 'gap' || !gaps.includes(node));
  expect(hidden.map(({ node, ...fault }) => ({ ...fault, node: node.nodeId }))).toEqual([]);
}

/** Checks that each message has the text that was added at its position. */
function checkTexts({ readers, truth }: HistorySimulation): void {
  for (const { messages } of readers) {
    for (const { position, text } of messages) {
      const key = positionText(position);
      const isTrue = text === undefined || truth.get(key)?.has(text) === true;
      expect({ key, text, isTrue }).toEqual({ key, text, isTrue: true });
    }
  }
}

/** Checks that each `send` that has resolved told the position at which its text, or the one with its id, stands. */
function checkSent({ said, truth }: HistorySimulation): void {
  for (const { text, outcome } of said) {
    if (outcome === 'pending' || outcome instanceof Error) continue;
    expect({ text, isThere: truth.has(positionText(outcome)) }).toEqual({ text, isThere: true });
  }
}

/** Checks that all readers know of everything, and that nobody waits. */
function checkEnd({ readers, said, nodes }: HistorySimulation): void {
  const known = readers.map(({ isSteady, position }) => ({ isSteady, position }));
  expect(known).toEqual(readers.map(() => ({ isSteady: true, position: known[0]?.position })));
  expect(said.filter(({ outcome, node }) => outcome === 'pending' && !node.isStill)).toEqual([]);
  for (const { server, hasCrashed } of nodes.all) if (!hasCrashed) expect(server.log.faults).toEqual([]);
}

/** Runs a history on so many nodes, ends all faults, and checks what readers have. */
async function read(count: number, history: readonly Step<HistorySimulation>[]): Promise<HistorySimulation> {
  const simulation = await HistorySimulation.start(count);
  for (const { run } of history) await run(simulation);
  await simulation.heal();
  checkFaults(simulation);
  checkTexts(simulation);
  checkEnd(simulation);
  return simulation;
}

describe('a group that keeps its messages, on several nodes', () => {
  property(
    'its readers get every message once, in order, whatever becomes of links, nodes and readers',
    [fc.integer({ min: 2, max: 3 }), steps<HistorySimulation>(SAYING, SAYING, TURNS, READING, TROUBLE, ENDS)],
    {
      runs: 150,
      sometimes: ['somebody has recovered messages', 'a message was lost between nodes', 'a node has crashed'],
    },
    async (count, history, reached) => {
      const simulation = await read(count, history);
      checkSent(simulation);
      reached(
        'somebody has recovered messages',
        simulation.readers.some(({ outcomes }) => (outcomes.recovered ?? 0) > 0),
      );
      reached('a message was lost between nodes', simulation.nodes.exchange.lost > 0);
      reached('a node has crashed', simulation.living.length < count);
    },
  );

  property(
    'no reader is told that it has everything when it has not, whatever becomes of the store',
    [
      fc.integer({ min: 2, max: 3 }),
      steps<HistorySimulation>(SAYING, SAYING, TURNS, TURNS, READING, TROUBLE, LOSSES, ENDS),
    ],
    { runs: 150, sometimes: ['an epoch has ended', 'somebody has recovered messages'] },
    async (count, history, reached) => {
      const simulation = await read(count, history);
      reached(
        'an epoch has ended',
        simulation.readers.some(({ outcomes }) => (outcomes.epoch ?? 0) > 1),
      );
      reached(
        'somebody has recovered messages',
        simulation.readers.some(({ outcomes }) => (outcomes.recovered ?? 0) > 0),
      );
    },
  );
});
