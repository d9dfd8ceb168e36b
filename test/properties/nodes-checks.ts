import { expect } from 'vitest';
import type { RefusedError } from '../../src/errors.ts';
import type { MemoryNode } from '../support/memory-nodes.ts';
import { expectedReceivers } from './addresses.ts';
import { NodeParticipant, type NodesSimulation } from './nodes-simulation.ts';

/** Numbers that each sender has sent, in the order in which a client has read them. */
function bySender({ messages }: NodesSimulation, heard: readonly number[]): ReadonlyMap<unknown, readonly number[]> {
  const all = new Map<unknown, number[]>();
  for (const number of heard) {
    const { from } = messages[number] as (typeof messages)[number];
    all.set(from, [...(all.get(from) ?? []), number]);
  }
  return all;
}

/**
 * Checks what holds whatever happens: the order of each sender, at most once for each address, and nothing after
 * `onDisconnected`.
 *
 * @param whose Those whose messages are looked at. Default: all participants.
 */
export function checkOrder(simulation: NodesSimulation, whose = simulation.participants): void {
  for (const { id, heard, endedAt } of whose) {
    for (const numbers of bySender(simulation, heard).values()) {
      expect({ id, numbers }).toEqual({ id, numbers: [...numbers].sort((one, other) => one - other) });
    }
    for (const { number, address } of simulation.messages) {
      const most = address.to === 'groups' ? address.groups.length : 1;
      expect(heard.filter((each) => each === number).length).toBeLessThanOrEqual(most);
    }
    expect(heard.filter((number) => number >= endedAt)).toEqual([]);
  }
}

/** Checks that each client that was there all the time has read everything for it, once for each address. */
export function checkAllHeard({ messages, participants }: NodesSimulation): void {
  for (const participant of participants.filter(({ isSettled }) => isSettled)) {
    const due = messages.flatMap(({ from, address, number }) => {
      const sender = from instanceof NodeParticipant ? from : undefined;
      return expectedReceivers(address, sender, [participant]).map(() => number);
    });
    const heard = [...participant.heard].sort((one, other) => one - other);
    expect({ key: participant.key, heard }).toEqual({ key: participant.key, heard: due });
  }
}

/** Checks that what each node counts adds up: of its outboxes, its lanes, and its backplane. */
export function checkBalance({ nodes, offered, arrived, participants }: NodesSimulation): void {
  for (const node of nodes.all) {
    const { server, cluster } = node;
    for (const outbox of [server.host.broadcast, server.host.whisper]) {
      const { accepted, delivered, dropped, queued } = outbox.ledger.figures();
      expect([accepted, queued]).toEqual([delivered + dropped + queued, outbox.depth]);
    }
    const { publisher, incoming } = cluster.link;
    const waiting = (offered.get(node) ?? 0) - publisher.shared - sumOf(publisher.unshared);
    expect(waiting).toBeGreaterThanOrEqual(0);
    if (publisher.waitingBytes === 0) expect(waiting).toEqual(0);
    expect(incoming.received + sumOf(incoming.faults)).toEqual(arrived.get(node));
  }
  for (const { peer } of participants) {
    const lane = peer.connection.session?.lane;
    if (lane === undefined) continue;
    const { accepted, delivered, dropped } = lane.ledger.figures();
    expect([delivered, accepted - delivered - dropped]).toEqual([peer.transport.written, lane.lag.messages]);
  }
}

function sumOf(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** Checks that `onDisconnected` ran once for each `onConnected`, except on nodes that have crashed. */
export function checkLives({ participants }: NodesSimulation): void {
  for (const { id, node, connects, departures } of participants) {
    if (!node.hasCrashed) expect({ id, departures: departures.length }).toEqual({ id, departures: connects });
  }
}

/** Checks that nothing that works waits for ever, and that answers which are not whole name the nodes. */
export function checkAnswers({ asked, nodes }: NodesSimulation): void {
  for (const { what, node, outcome } of asked) {
    if (node.isStill) continue;
    expect({ what, outcome }).not.toEqual({ what, outcome: 'pending' });
    if (what === 'invoke' || !(outcome instanceof Error)) continue;
    const { missing } = outcome as RefusedError;
    expect(missing?.length).toBeGreaterThan(0);
    const others = nodes.all.filter((one) => one !== node).map(({ nodeId }) => nodeId);
    expect(others).toEqual(expect.arrayContaining([...(missing ?? [])]));
  }
}

/** Messages to a group that a member has not got, although both nodes were linked when they were sent. */
export function lossesOf(simulation: NodesSimulation): readonly Loss[] {
  const { messages, participants, living } = simulation;
  const losses: Loss[] = [];
  for (const { number, address, node: sender, at, wasLinked, unlinked, from } of messages) {
    const [group, ...more] = 'groups' in address ? address.groups : [];
    if (group === undefined || (address.to === 'groups' && more.length > 0)) continue;
    if (!wasLinked || !living.includes(sender)) continue;
    const there = participants.filter(({ isSettled, node }) => isSettled && node !== sender && living.includes(node));
    const receivers = expectedReceivers(address, from instanceof NodeParticipant ? from : undefined, there);
    for (const { node, heard } of receivers) {
      if (unlinked.has(node) || heard.includes(number)) continue;
      losses.push({ node, group, number, at });
    }
  }
  return losses;
}

export interface Loss {
  readonly node: MemoryNode;
  readonly group: string;
  readonly number: number;
  readonly at: number;
}

/** Checks that each loss was told to its node. */
export function checkLosses(losses: readonly Loss[], { gaps }: NodesSimulation): void {
  for (const { node, group, number, at } of losses) {
    const told = gaps.filter((gap) => gap.node === node && gap.group === group && gap.at >= at);
    expect({ node: node.nodeId, group, number, told: told.length > 0 }).toMatchObject({ told: true });
  }
}
