import fc from 'fast-check';
import type { MemoryNode } from '../support/memory-nodes.ts';
import { CALLS } from '../support/simulated-backplane.ts';
import { callerAddress, contextAddress, GROUPS, group } from './addresses.ts';
import type { NodeParticipant, NodesSimulation } from './nodes-simulation.ts';

/** One step of a history over several nodes. */
export interface NodeStep {
  readonly name: string;
  readonly run: (simulation: NodesSimulation) => unknown;
}

const some = fc.nat(11);
const node = fc.nat(2);

function step<T>(name: string, data: fc.Arbitrary<T>, run: (simulation: NodesSimulation, data: T) => unknown) {
  return data.map((value): NodeStep & { readonly toString: () => string } => ({
    name: `${name}(${JSON.stringify(value)})`,
    run: (simulation) => run(simulation, value),
    toString: () => `${name}(${JSON.stringify(value)})`,
  }));
}

/** A participant that may leave groups, and end. */
function visitor({ participants }: NodesSimulation, key: number): NodeParticipant | undefined {
  const visitors = participants.filter(({ isSettled, isReachable }) => !isSettled && isReachable);
  return visitors[key % Math.max(1, visitors.length)];
}

/** A node on which something can be done. */
function working({ nodes }: NodesSimulation, at: number): MemoryNode | undefined {
  const one = nodes.at(at);
  return one.isStill || !one.server.parts.node.isAccepting ? undefined : one;
}

/** Messages, and clients that come, join, leave and go. */
export const LIVES = [
  ...[1, 2, 3].map(() =>
    step(
      'Say',
      fc.tuple(some, fc.array(callerAddress, { minLength: 1, maxLength: 3 })),
      (simulation, [key, addresses]) => {
        const participant = simulation.participant(key);
        if (participant.isReachable) simulation.call(participant, addresses);
      },
    ),
  ),
  step('ContextSay', fc.tuple(node, contextAddress), (simulation, [at, address]) => {
    const one = working(simulation, at);
    if (one !== undefined) simulation.say(one, address);
  }),
  step('Connect', node, (simulation, at) => {
    const one = working(simulation, at);
    if (one !== undefined && simulation.participants.length < 12) simulation.connect(one);
  }),
  ...[1, 2].map(() =>
    step('Join', fc.tuple(some, group, node), (simulation, [key, name, at]) => {
      const [participant, via] = [visitor(simulation, key), working(simulation, at)];
      if (participant !== undefined && via !== undefined) simulation.join(participant, name, via);
    }),
  ),
  step('Leave', fc.tuple(some, group, node), (simulation, [key, name, at]) => {
    const [participant, via] = [visitor(simulation, key), working(simulation, at)];
    if (participant !== undefined && via !== undefined) simulation.leave(participant, name, via);
  }),
  step('End', fc.tuple(some, fc.constantFrom('close', 'cut', 'abort'), node), (simulation, [key, how, at]) => {
    const [participant, via] = [visitor(simulation, key), working(simulation, at)];
    if (participant === undefined || via === undefined) return;
    if (how === 'abort') simulation.abort(via, participant);
    else participant.peer.client[how as 'close' | 'cut']();
    participant.hasBegunToEnd = true;
  }),
];

/** Clients that stop reading, and read again. */
export const SLOW = [
  step('Stall', some, (simulation, key) => visitor(simulation, key)?.peer.client.stall()),
  step('Take', fc.tuple(some, fc.nat(300)), (simulation, [key, bytes]) =>
    visitor(simulation, key)?.peer.client.take(bytes),
  ),
  step('Flow', some, (simulation, key) => visitor(simulation, key)?.peer.client.flow()),
];

/** Questions to other nodes, and to their clients. */
export const QUESTIONS = [
  step('Count', fc.tuple(node, fc.constantFrom(...GROUPS)), (simulation, [at, name]) => {
    const one = working(simulation, at);
    if (one !== undefined) simulation.count(one, name);
  }),
  step('Invoke', fc.tuple(node, some, fc.constantFrom(500, 4_000)), (simulation, [at, key, timeoutMs]) => {
    const one = working(simulation, at);
    if (one !== undefined) simulation.invoke(one, simulation.participant(key), timeoutMs);
  }),
  step('Answer', some, (simulation, key) => {
    const { client } = simulation.participant(key).peer;
    for (const { invocationId = '' } of client.requestedResults) client.complete(invocationId, { result: 1 });
  }),
];

export const TIME = [
  ...[1, 2].map(() => step('Turn', node, (simulation, at) => simulation.nodes.at(at).turn())),
  step('Settle', fc.constant(0), ({ nodes }) => nodes.settle()),
  step('Pass', fc.constantFrom(100, 500, 1_100, 3_000), ({ nodes }, ms) => nodes.pass(ms)),
];

export const RELEASES = [1, 2].map(() => step('Release', fc.constant(0), (simulation) => simulation.release()));

/** Trouble of the backplane. */
export const TROUBLE = [
  step(
    'Lose',
    fc.tuple(fc.nat(2), fc.nat(2), fc.constantFrom('', 'd:', 'n:', 'ctl')),
    ({ nodes }, [from, to, prefix]) => {
      nodes.exchange.loses = (message) =>
        message.from === nodes.at(from).backplane &&
        message.to === nodes.at(to).backplane &&
        message.channel.startsWith(prefix);
    },
  ),
  step('LoseAll', fc.constant(0), ({ nodes }) => {
    nodes.exchange.loses = () => true;
  }),
  ...[1, 2].map(() =>
    step('LoseNothing', fc.constant(0), ({ nodes }) => {
      nodes.exchange.loses = () => false;
    }),
  ),
  step('Delay', fc.constantFrom(0, 0, 300, 2_000), ({ nodes }, ms) => {
    nodes.exchange.delayOf = () => ms;
  }),
  step('Deafen', node, ({ nodes }, at) => nodes.at(at).backplane.deafen()),
  step('Cut', node, ({ nodes }, at) => nodes.at(at).backplane.cut()),
  step('Away', node, ({ nodes }, at) => {
    nodes.at(at).backplane.isAway = true;
    nodes.at(at).backplane.cut();
  }),
  step('Kill', fc.boolean(), ({ nodes }, keepsData) => nodes.exchange.kill({ keepsData })),
  ...[1, 2].map(() =>
    step('Back', fc.constant(0), ({ nodes }) => {
      for (const { backplane } of nodes.all) backplane.isAway = false;
      nodes.exchange.comeBack();
    }),
  ),
  step(
    'Fault',
    fc.tuple(node, fc.constantFrom(...CALLS), fc.constantFrom('unanswered' as const, 'lost' as const)),
    ({ nodes }, [at, call, fault]) => nodes.at(at).backplane.faults.set(call, fault),
  ),
  step('NoFault', node, ({ nodes }, at) => nodes.at(at).backplane.faults.clear()),
  step('Pause', node, ({ nodes }, at) => nodes.at(at).pause()),
  ...[1, 2].map(() => step('Resume', node, ({ nodes }, at) => nodes.at(at).isStill && nodes.at(at).resume())),
];

/** Ends of a node. Its connections end with it. */
export const NODE_ENDS = [
  step('Crash', node, ({ nodes }, at) => nodes.at(at).crash()),
  step('Drain', node, (simulation, at) => {
    const one = working(simulation, at);
    if (one !== undefined) simulation.drain(one);
  }),
];

export function steps(...kinds: readonly (readonly fc.Arbitrary<NodeStep>[])[]): fc.Arbitrary<readonly NodeStep[]> {
  return fc.array(fc.oneof(...kinds.flat()), { maxLength: 40, size: 'max' });
}
