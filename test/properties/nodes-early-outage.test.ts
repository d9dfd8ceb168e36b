import { expect, test } from 'vitest';
import type { HubContext } from '../../src/index.ts';
import { type NodeClient, nodeHub } from '../nodes/node-hub.ts';
import { MemoryNodes } from '../support/memory-nodes.ts';

const BEACON_MS = 1_000;

/** Makes two nodes with a member of `red` each, and loses a message of `there` while the backplane is away. */
async function withLostMessage(linkedForMs: number) {
  const gaps: string[][] = [[], []];
  const nodes = await MemoryNodes.linked(2, (at) => nodeHub((group) => gaps[at]?.push(group)));
  const [here, there] = [nodes.at(0), nodes.at(1)];
  if (linkedForMs > 0) await nodes.pass(linkedForMs);
  for (const node of [here, there]) {
    const { client } = await nodes.connect(node);
    client.invoke('Join', ['red'], 'join');
    await nodes.settle();
  }
  nodes.exchange.kill({ keepsData: true });
  await nodes.settle();
  const context = there.server.parts.runtimes.get('/hub')?.hub.context as HubContext<NodeClient>;
  await context.clients.group('red').send('Heard', 'lost');
  return { nodes, here, there, gaps };
}

test('a node that loses the connection before it has compared anything is told what it has missed', async () => {
  const { nodes, here, there, gaps } = await withLostMessage(0);
  here.backplane.isAway = true;
  nodes.exchange.comeBack();
  // It greets the other one for as long, which does not answer.
  await nodes.pass(BEACON_MS + 100);
  expect([here, there].map(({ cluster }) => cluster.isLinked)).toEqual([false, true]);
  // A beacon that tells of the message comes while this node is not linked yet: its greeting is on its way.
  nodes.exchange.delayOf = ({ from }) => (from === here.backplane ? 1.5 * BEACON_MS : 0);
  here.backplane.isAway = false;
  here.backplane.tryAgain();
  await nodes.pass(8 * BEACON_MS);
  expect(here.cluster.isLinked).toBe(true);
  expect(gaps).toEqual([['red'], []]);
});

test('a node that is linked later than it hears the others is told what it has missed before', async () => {
  const { nodes, here, there, gaps } = await withLostMessage(5 * BEACON_MS);
  there.backplane.isAway = true;
  // Its own beacon takes so long that it hears two of the other one before.
  nodes.exchange.delayOf = ({ from }) => (from === here.backplane ? 2.5 * BEACON_MS : 0);
  nodes.exchange.comeBack();
  await nodes.pass(BEACON_MS);
  there.backplane.isAway = false;
  there.backplane.tryAgain();
  await nodes.pass(2 * BEACON_MS + 200);
  expect([here, there].map(({ cluster }) => cluster.isLinked)).toEqual([false, true]);
  await nodes.pass(8 * BEACON_MS);
  expect(here.cluster.isLinked).toBe(true);
  expect(gaps).toEqual([['red'], []]);
});
