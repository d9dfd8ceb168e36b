// What a node answers about the history of a group when it is linked again, and has not read what it has missed.
import { expect, test } from 'vitest';
import type { Position, Recovery } from '../../src/index.ts';
import { HistorySimulation } from '../properties/history-simulation.ts';

/** Two nodes with readers of a group; the store has lost everything, and both nodes are linked again. */
async function linkedAgain() {
  const simulation = await HistorySimulation.start(2);
  const [node, other] = [simulation.nodes.at(0), simulation.nodes.at(1)];
  for (let n = 0; n < 3; n++) simulation.say(other);
  await simulation.nodes.settle();
  const before = simulation.said.at(-1)?.outcome as Position;
  node.backplane.faults.set('read', 'unanswered');
  simulation.nodes.exchange.kill({ keepsData: false });
  await simulation.nodes.pass(100);
  simulation.nodes.exchange.comeBack();
  while (!(node.cluster.isLinked && other.cluster.isLinked)) await simulation.nodes.pass(100);
  return { simulation, node, other, before };
}

test.each([
  ['is answered with an outage when that cannot be read', false, 'outage'],
  ['is answered when that was read', true, 'epoch'],
])('who asks for what they have missed %s', async (_what, answersAgain, reason) => {
  const { simulation, node, other, before } = await linkedAgain();
  simulation.say(other);
  await simulation.nodes.settle();
  const after = simulation.said.at(-1)?.outcome as Position;
  expect([after.epoch === before.epoch, after.offset]).toEqual([false, 1]);
  const answers: Recovery[] = [];
  simulation
    .history(node)
    .since(before)
    .then((recovery) => answers.push(recovery));
  await simulation.nodes.settle();
  // What this node keeps itself is of the epoch before.
  expect(answers).toEqual([]);
  if (answersAgain) node.backplane.faults.clear();
  await simulation.nodes.pass(10_000);
  expect(answers).toMatchObject([{ recovered: false, reason }]);
});
