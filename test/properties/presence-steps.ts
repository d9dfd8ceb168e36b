import fc from 'fast-check';
import type { MemoryNode, MemoryNodes } from '../support/memory-nodes.ts';
import type { Claimer, PresenceSimulation } from './presence-simulation.ts';

/** One step of a history. */
export interface Step<S> {
  readonly run: (simulation: S) => unknown;
}
export type PresenceStep = Step<PresenceSimulation>;
/** What happens to nodes, whatever they do. */
interface OverNodes {
  readonly nodes: MemoryNodes;
}

const some = fc.nat(11);
const node = fc.nat(2);
const key = fc.constantFrom('a', 'b', 'c');
const as = fc.constantFrom('ann', 'bob', null);
const info = fc.constantFrom(null, 1, 2);

export function step<S, T>(name: string, data: fc.Arbitrary<T>, run: (simulation: S, data: T) => unknown) {
  return data.map((value): Step<S> & { readonly toString: () => string } => ({
    run: (simulation) => run(simulation, value),
    toString: () => `${name}(${JSON.stringify(value)})`,
  }));
}

function claimerAt({ claimers }: PresenceSimulation, at: number): Claimer {
  return claimers[at % claimers.length] as Claimer;
}

/** A node on which something can be done. */
export function working({ nodes }: OverNodes, at: number): MemoryNode | undefined {
  const one = nodes.at(at);
  return one.isStill || !one.server.parts.node.isAccepting ? undefined : one;
}

/** Clients that come and go, and claim keys. */
export const CLAIMS = [
  ...[1, 2, 3, 4].map(() =>
    step('Claim', fc.tuple(some, key, as, info), (simulation: PresenceSimulation, [at, ...args]) =>
      simulation.call(claimerAt(simulation, at), 'Claim', ...args),
    ),
  ),
  step('Update', fc.tuple(some, key, fc.constantFrom(1, 2)), (simulation: PresenceSimulation, [at, ...args]) =>
    simulation.call(claimerAt(simulation, at), 'Update', ...args),
  ),
  ...[1, 2].map(() =>
    step('Move', fc.tuple(some, key), (simulation: PresenceSimulation, [at, to]) => {
      const claimer = claimerAt(simulation, at);
      const [from] = claimer.claims.keys();
      if (from !== undefined) simulation.call(claimer, 'Move', from, to);
    }),
  ),
  ...[1, 2].map(() =>
    step('Release', fc.tuple(some, key), (simulation: PresenceSimulation, [at, name]) =>
      simulation.call(claimerAt(simulation, at), 'Release', name),
    ),
  ),
  ...[1, 2].map(() =>
    step('Connect', node, (simulation: PresenceSimulation, at) => {
      const one = working(simulation, at);
      if (one !== undefined && simulation.claimers.length < 20) simulation.connect(one);
    }),
  ),
  step(
    'End',
    fc.tuple(some, fc.constantFrom('close' as const, 'cut' as const)),
    (simulation: PresenceSimulation, [at, how]) => simulation.end(claimerAt(simulation, at), how),
  ),
];

export const TIME = [
  ...[1, 2].map(() => step('Turn', node, ({ nodes }: OverNodes, at) => nodes.at(at).turn())),
  step('TurnOfAll', fc.constant(0), ({ nodes }: OverNodes) => nodes.turn()),
  ...[1, 2].map(() => step('Settle', fc.constant(0), ({ nodes }: OverNodes) => nodes.settle())),
  step('Pass', fc.constantFrom(100, 500, 3_000, 7_000, 11_000, 25_000), ({ nodes }: OverNodes, ms) => nodes.pass(ms)),
];

/** Links that are lost for a moment. */
export const CUTS = [step('Cut', node, ({ nodes }: OverNodes, at) => nodes.at(at).backplane.cut())];

/** Links that are lost for as long as it takes, and nodes that stand still. */
export const LINKS = [
  step('Away', node, ({ nodes }: OverNodes, at) => {
    nodes.at(at).backplane.isAway = true;
    nodes.at(at).backplane.cut();
  }),
  step('Deafen', node, ({ nodes }: OverNodes, at) => nodes.at(at).backplane.deafen()),
  step('Kill', fc.constant(0), ({ nodes }: OverNodes) => nodes.exchange.kill({ keepsData: true })),
  ...[1, 2].map(() =>
    step('Back', fc.constant(0), ({ nodes }: OverNodes) => {
      for (const { backplane } of nodes.all) backplane.isAway = false;
      nodes.exchange.comeBack();
    }),
  ),
  step('Pause', node, ({ nodes }: OverNodes, at) => nodes.at(at).pause()),
  ...[1, 2].map(() =>
    step('Resume', node, ({ nodes }: OverNodes, at) => nodes.at(at).isStill && nodes.at(at).resume()),
  ),
];

export const CRASHES = [step('Crash', node, ({ nodes }: OverNodes, at) => nodes.at(at).crash())];

/** Nodes that end in order, and new ones. */
export const NODES = [
  step('Drain', node, (simulation: PresenceSimulation, at) => {
    const one = working(simulation, at);
    if (one !== undefined) simulation.drain(one);
  }),
  ...[1, 2].map(() =>
    step('Start', fc.constant(0), (simulation: PresenceSimulation) => {
      if (simulation.nodes.all.length < 6) simulation.add();
    }),
  ),
];

/** The store loses everything, and is there again at once. */
export const LOSSES = [step('Empty', fc.constant(0), (simulation: PresenceSimulation) => simulation.empty())];

/** Answers that do not come, and calls that are not done. */
export const FAULTS = [
  step(
    'Fault',
    fc.tuple(node, fc.constantFrom('unanswered' as const, 'lost' as const)),
    ({ nodes }: OverNodes, [at, fault]) => nodes.at(at).backplane.faults.set('presence', fault),
  ),
  ...[1, 2].map(() => step('NoFault', node, ({ nodes }: OverNodes, at) => nodes.at(at).backplane.faults.clear())),
];

export function steps<S>(...kinds: readonly (readonly fc.Arbitrary<Step<S>>[])[]): fc.Arbitrary<readonly Step<S>[]> {
  return fc.array(fc.oneof(...kinds.flat()), { maxLength: 50, size: 'max' });
}
