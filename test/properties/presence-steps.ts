import fc from 'fast-check';
import type { MemoryNode } from '../support/memory-nodes.ts';
import type { Claimer, PresenceSimulation } from './presence-simulation.ts';

/** One step of a history. */
export interface PresenceStep {
  readonly run: (simulation: PresenceSimulation) => unknown;
}

const some = fc.nat(11);
const node = fc.nat(2);
const key = fc.constantFrom('a', 'b', 'c');
const as = fc.constantFrom('ann', 'bob', null);
const info = fc.constantFrom(null, 1, 2);

function step<T>(name: string, data: fc.Arbitrary<T>, run: (simulation: PresenceSimulation, data: T) => unknown) {
  return data.map((value): PresenceStep & { readonly toString: () => string } => ({
    run: (simulation) => run(simulation, value),
    toString: () => `${name}(${JSON.stringify(value)})`,
  }));
}

function claimerAt({ claimers }: PresenceSimulation, at: number): Claimer {
  return claimers[at % claimers.length] as Claimer;
}

/** A node on which something can be done. */
function working({ nodes }: PresenceSimulation, at: number): MemoryNode | undefined {
  const one = nodes.at(at);
  return one.isStill || !one.server.parts.node.isAccepting ? undefined : one;
}

/** Clients that come and go, and claim keys. */
export const CLAIMS = [
  ...[1, 2, 3, 4].map(() =>
    step('Claim', fc.tuple(some, key, as, info), (simulation, [at, ...args]) =>
      simulation.call(claimerAt(simulation, at), 'Claim', ...args),
    ),
  ),
  step('Update', fc.tuple(some, key, fc.constantFrom(1, 2)), (simulation, [at, ...args]) =>
    simulation.call(claimerAt(simulation, at), 'Update', ...args),
  ),
  ...[1, 2].map(() =>
    step('Move', fc.tuple(some, key), (simulation, [at, to]) => {
      const claimer = claimerAt(simulation, at);
      const [from] = claimer.claims.keys();
      if (from !== undefined) simulation.call(claimer, 'Move', from, to);
    }),
  ),
  ...[1, 2].map(() =>
    step('Release', fc.tuple(some, key), (simulation, [at, name]) =>
      simulation.call(claimerAt(simulation, at), 'Release', name),
    ),
  ),
  ...[1, 2].map(() =>
    step('Connect', node, (simulation, at) => {
      const one = working(simulation, at);
      if (one !== undefined && simulation.claimers.length < 20) simulation.connect(one);
    }),
  ),
  step('End', fc.tuple(some, fc.constantFrom('close' as const, 'cut' as const)), (simulation, [at, how]) =>
    simulation.end(claimerAt(simulation, at), how),
  ),
];

export const TIME = [
  ...[1, 2].map(() => step('Turn', node, ({ nodes }, at) => nodes.at(at).turn())),
  step('TurnOfAll', fc.constant(0), ({ nodes }) => nodes.turn()),
  ...[1, 2].map(() => step('Settle', fc.constant(0), ({ nodes }) => nodes.settle())),
  step('Pass', fc.constantFrom(100, 500, 3_000, 7_000, 11_000, 25_000), ({ nodes }, ms) => nodes.pass(ms)),
];

/** Links that are lost for a moment. */
export const CUTS = [step('Cut', node, ({ nodes }, at) => nodes.at(at).backplane.cut())];

/** Links that are lost for as long as it takes, and nodes that stand still. */
export const LINKS = [
  step('Away', node, ({ nodes }, at) => {
    nodes.at(at).backplane.isAway = true;
    nodes.at(at).backplane.cut();
  }),
  step('Deafen', node, ({ nodes }, at) => nodes.at(at).backplane.deafen()),
  step('Kill', fc.constant(0), ({ nodes }) => nodes.exchange.kill({ keepsData: true })),
  ...[1, 2].map(() =>
    step('Back', fc.constant(0), ({ nodes }) => {
      for (const { backplane } of nodes.all) backplane.isAway = false;
      nodes.exchange.comeBack();
    }),
  ),
  step('Pause', node, ({ nodes }, at) => nodes.at(at).pause()),
  ...[1, 2].map(() => step('Resume', node, ({ nodes }, at) => nodes.at(at).isStill && nodes.at(at).resume())),
];

export const CRASHES = [step('Crash', node, ({ nodes }, at) => nodes.at(at).crash())];

/** Nodes that end in order, and new ones. */
export const NODES = [
  step('Drain', node, (simulation, at) => {
    const one = working(simulation, at);
    if (one !== undefined) simulation.drain(one);
  }),
  ...[1, 2].map(() =>
    step('Start', fc.constant(0), (simulation) => {
      if (simulation.nodes.all.length < 6) simulation.add();
    }),
  ),
];

/** The store loses everything, and is there again at once. */
export const LOSSES = [step('Empty', fc.constant(0), (simulation) => simulation.empty())];

/** Answers that do not come, and calls that are not done. */
export const FAULTS = [
  step('Fault', fc.tuple(node, fc.constantFrom('unanswered' as const, 'lost' as const)), ({ nodes }, [at, fault]) =>
    nodes.at(at).backplane.faults.set('presence', fault),
  ),
  ...[1, 2].map(() => step('NoFault', node, ({ nodes }, at) => nodes.at(at).backplane.faults.clear())),
];

export function steps(
  ...kinds: readonly (readonly fc.Arbitrary<PresenceStep>[])[]
): fc.Arbitrary<readonly PresenceStep[]> {
  return fc.array(fc.oneof(...kinds.flat()), { maxLength: 50, size: 'max' });
}
