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

/** Ends all faults, and lets time pass until all nodes are linked and those that are dead are found. */
export async function healed(nodes: MemoryNodes): Promise<void> {
  for (const node of nodes.all) {
    node.backplane.isAway = false;
    node.backplane.faults.clear();
    if (node.isStill) node.resume();
  }
  nodes.exchange.comeBack();
  await nodes.pass(4_000);
  for (let ms = 0; ms < HEALING_MS && livingNodes(nodes).some(({ cluster }) => !cluster.isLinked); ms += 100)
    await nodes.pass(100);
  expect(livingNodes(nodes).map(({ cluster }) => cluster.state)).toEqual(livingNodes(nodes).map(() => 'linked'));
  await nodes.pass(3 * LEASE_MS);
}
