import type { MemoryNode, MemoryNodes } from '../support/memory-nodes.ts';
import { healed } from './living-nodes.ts';
import type { Step } from './presence-steps.ts';

/** A simulation of several nodes. */
interface Lived {
  readonly nodes: MemoryNodes;
  readonly living: readonly MemoryNode[];
  /** Adds a node, and starts it. */
  add(): unknown;
  /** Checks what holds when nothing happens. */
  checkCalm(): Promise<void>;
}

/** Runs a history, and then ends all faults. @param check Checks what always holds: after each step, and at the end. */
export async function lived<S extends Lived>(
  simulation: S,
  history: readonly Step<S>[],
  check: () => void = () => {},
): Promise<void> {
  for (const { run } of history) {
    await run(simulation);
    check();
  }
  await healed(simulation.nodes);
  if (simulation.living.length === 0) {
    simulation.add();
    await healed(simulation.nodes);
  }
  check();
  await simulation.checkCalm();
}
