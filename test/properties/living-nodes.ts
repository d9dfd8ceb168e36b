import { expect } from 'vitest';
import type { MemoryNode, MemoryNodes } from '../support/memory-nodes.ts';

/** Milliseconds of the leases of simulated nodes. */
export const LEASE_MS = 10_000;
/** Clients here say nothing for minutes. */
export const PATIENT = { clientTimeoutMs: 3_600_000, keepAliveIntervalMs: 1_800_000, invocationTimeoutMs: 0 };
/** Longest time in which everything is linked again. */
const HEALING_MS = 60_000;

/** Nodes that work, or could. */
export function livingNodes({ all }: MemoryNodes): readonly MemoryNode[] {
  return all.filter((node) => !node.hasCrashed && node.server.parts.node.isAccepting);
}

/** Ends all faults, and lets time pass until all nodes are linked, or could have been. @returns whether they are. */
export async function linkedAgain(nodes: MemoryNodes): Promise<boolean> {
  const { exchange } = nodes;
  exchange.loses = () => false;
  exchange.delayOf = () => 0;
  for (const node of nodes.all) {
    node.backplane.isAway = false;
    node.backplane.faults.clear();
    if (node.isStill) node.resume();
  }
  exchange.comeBack();
  // A node that hears nothing notices.
  await nodes.pass(4_000);
  const areLinked = () => livingNodes(nodes).every(({ cluster }) => cluster.isLinked);
  for (let ms = 0; ms < HEALING_MS && !areLinked(); ms += 100) await nodes.pass(100);
  return areLinked();
}

/** The same, until those that are dead are found. */
export async function healed(nodes: MemoryNodes): Promise<void> {
  await linkedAgain(nodes);
  expect(livingNodes(nodes).map(({ cluster }) => cluster.state)).toEqual(livingNodes(nodes).map(() => 'linked'));
  await nodes.pass(3 * LEASE_MS);
}
