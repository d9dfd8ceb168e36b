import { Envelopes } from '../../src/backplane/wire/envelope.ts';
import type { CallerClients, HubClients } from '../../src/hub/clients.ts';
import type { Groups } from '../../src/hub/groups.ts';
import type { HubContext } from '../../src/hub/hub-context.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { type MemoryNode, type MemoryNodeOptions, MemoryNodes } from '../support/memory-nodes.ts';
import type { Peer } from '../support/memory-server.ts';
import { any } from '../support/schemas.ts';
import {
  type Address,
  type Addressable,
  expectedReceivers,
  fixed,
  receivers,
  type TestClient,
  USERS,
} from './addresses.ts';
import { LEASE_MS, linkedAgain, livingNodes } from './living-nodes.ts';

/** One connection of one node, in the model. */
export class NodeParticipant implements Addressable {
  readonly key: number;
  readonly node: MemoryNode;
  readonly user: string;
  readonly peer: Peer;
  readonly groups = new Set<string>();
  /** Whether it was there from the beginning, and stays in its groups. */
  readonly isSettled: boolean;
  /** Numbers of the messages for it, by the model, in the order in which they were sent. */
  readonly due: number[] = [];
  connects = 0;
  readonly departures: CloseReason[] = [];
  /** Number that the next message would have got when `onDisconnected` ran. */
  endedAt = Number.POSITIVE_INFINITY;
  hasBegunToEnd = false;

  constructor(key: number, node: MemoryNode, user: string, peer: Peer, isSettled: boolean) {
    this.key = key;
    this.node = node;
    this.user = user;
    this.peer = peer;
    this.isSettled = isSettled;
  }

  get id(): string {
    return this.peer.id;
  }
  get isReachable(): boolean {
    return !(this.hasBegunToEnd || this.node.hasCrashed);
  }
  /** Numbers of the messages that its client has read. */
  get heard(): number[] {
    return this.peer.client.calls('Heard').map(([number]) => number as number);
  }
}

/** One message of a simulation. */
export interface NodeMessage {
  readonly number: number;
  /** Sender: a participant, or the context of a node. */
  readonly from: NodeParticipant | MemoryNode;
  readonly node: MemoryNode;
  readonly address: Address;
  readonly at: number;
  /** Whether its node was linked. */
  readonly wasLinked: boolean;
  /** Nodes that were not linked. */
  readonly unlinked: ReadonlySet<MemoryNode>;
  outcome: 'pending' | 'sent' | Error;
}

/** A promise that has to be settled in time. */
export interface Asked {
  readonly what: string;
  readonly node: MemoryNode;
  readonly at: number;
  outcome: 'pending' | 'resolved' | Error;
}

export interface NodesSettings extends MemoryNodeOptions {
  /** Whether a message, by its number, is held by a moderator until `release`. */
  readonly holds?: (number: number) => boolean;
  readonly count?: number;
  /** Groups that keep their messages. */
  readonly kept?: readonly string[];
}

/** Clients here say nothing for minutes, and moderators think as long as they like. */
const PATIENT = {
  clientTimeoutMs: 3_600_000,
  keepAliveIntervalMs: 1_800_000,
  moderationTimeoutMs: 3_600_000,
} as const;
/** Groups of the participants that are there from the beginning, two on each node. */
const FIRST_GROUPS = [['red'], ['red', 'blue'], ['blue'], ['red', 'green'], ['green', 'blue'], []] as const;
const READER = new Envelopes('reader', undefined);
const HISTORY = { size: 100, ttlMs: 3_600_000 };
const BEACON_MS = LEASE_MS / 10;
/** A question to a node that could not hear it is sent again. */
const AGAIN_MS = LEASE_MS / 8;

/** Several nodes, their connections, and what a model knows of them. */
export class NodesSimulation {
  readonly nodes = new MemoryNodes();
  readonly participants: NodeParticipant[] = [];
  readonly messages: NodeMessage[] = [];
  readonly asked: Asked[] = [];
  /** Groups of which a node was told that messages are missing. */
  readonly gaps: { readonly node: MemoryNode; readonly group: string; readonly at: number }[] = [];
  /** Number of messages for the backplane, by node. */
  readonly offered = new Map<MemoryNode, number>();
  /** Number of items of other nodes that have arrived, by node. */
  readonly arrived = new Map<MemoryNode, number>();
  /** Nodes that drain, and whether they have ended. */
  readonly drained = new Map<MemoryNode, boolean>();
  readonly #held: Deferred<void>[] = [];
  readonly #settings: NodesSettings;
  readonly #contexts = new Map<MemoryNode, HubContext<TestClient>>();
  readonly #byId = new Map<string, NodeParticipant>();

  private constructor(settings: NodesSettings) {
    this.#settings = settings;
    this.nodes.exchange.arrived = ({ from, to, kind, channel, bytes }) => {
      if (kind === 'entry') return;
      const node = this.nodes.all.find(({ backplane }) => backplane === to);
      const envelope = READER.read(channel, bytes);
      if (node === undefined || from === to || typeof envelope === 'string') return;
      this.arrived.set(node, (this.arrived.get(node) ?? 0) + envelope.items.length);
    };
  }

  static async start(settings: NodesSettings = {}): Promise<NodesSimulation> {
    const simulation = new NodesSimulation(settings);
    const { count = 3 } = settings;
    for (let at = 0; at < count; at++) simulation.add();
    await simulation.nodes.settle();
    for (const [key, groups] of FIRST_GROUPS.entries()) {
      const participant = simulation.connect(simulation.nodes.at(key), true);
      await simulation.nodes.settle();
      for (const group of groups) simulation.join(participant, group);
    }
    await simulation.nodes.settle();
    return simulation;
  }

  /** Adds a node, and starts it. */
  add(): MemoryNode {
    const hub = this.#createHub(() => node);
    const hubOptions = { ...PATIENT, ...this.#settings.hubOptions };
    const node: MemoryNode = this.nodes.add(hub, { ...this.#settings, hubOptions });
    this.#contexts.set(node, node.server.parts.context(hub));
    this.offered.set(node, 0);
    this.arrived.set(node, 0);
    const publish = node.cluster.publish.bind(node.cluster);
    node.cluster.publish = (...message) => {
      this.offered.set(node, (this.offered.get(node) ?? 0) + 1);
      return publish(...message);
    };
    node.cluster.start().catch(() => {});
    return node;
  }

  get now(): number {
    return this.nodes.clock.now();
  }
  /** Nodes that work. */
  get living(): readonly MemoryNode[] {
    return livingNodes(this.nodes);
  }

  participant(key: number): NodeParticipant {
    return this.participants[key % this.participants.length] as NodeParticipant;
  }

  connect(node: MemoryNode, isSettled = false): NodeParticipant {
    const key = this.participants.length;
    const user = USERS[key % USERS.length] as string;
    const peer = node.server.open({ id: node.newId(), user: { id: user, roles: [] } });
    if (key % 2 === 1) peer.client.protocol = clientProtocol('messagepack');
    const participant = new NodeParticipant(key, node, user, peer, isSettled);
    this.participants.push(participant);
    this.#byId.set(peer.id, participant);
    peer.client.handshake();
    return participant;
  }

  /** Adds a participant to a group. @param via The node that does it. */
  join(participant: NodeParticipant, group: string, via = participant.node): void {
    if (participant.isReachable) participant.groups.add(group);
    this.#ask(`join ${group}`, via, this.#groups(via).add(participant.id, group));
  }

  leave(participant: NodeParticipant, group: string, via = participant.node): void {
    participant.groups.delete(group);
    this.#ask(`leave ${group}`, via, this.#groups(via).remove(participant.id, group));
  }

  /** A participant sends messages, at once. */
  call(participant: NodeParticipant, addresses: readonly Address[]): void {
    participant.peer.client.invoke('Say', [addresses]);
  }

  /** The context of a node sends a message. */
  say(node: MemoryNode, address: Address): void {
    this.#say(node, address, (this.#contexts.get(node) as HubContext<TestClient>).clients);
  }

  /** A node asks a client for a result. */
  invoke(node: MemoryNode, participant: NodeParticipant, timeoutMs: number): void {
    const { clients } = this.#contexts.get(node) as HubContext<TestClient>;
    this.#ask('invoke', node, clients.client(participant.id).with({ timeoutMs }).invoke('Confirm', 1));
  }

  abort(node: MemoryNode, participant: NodeParticipant): void {
    participant.hasBegunToEnd = true;
    const { clients } = this.#contexts.get(node) as HubContext<TestClient>;
    this.#ask('abort', node, clients.client(participant.id).abort());
  }

  count(node: MemoryNode, group: string): void {
    this.#ask('members', node, this.#groups(node).members(group));
    this.#ask('count', node, this.#groups(node).count(group));
  }

  drain(node: MemoryNode): void {
    this.drained.set(node, false);
    void node.server.parts.close({ drainMs: 500 }).then(() => this.drained.set(node, true));
  }

  /** Lets the message pass that was held first. */
  release(): void {
    this.#held.shift()?.resolve();
  }

  /** Ends all faults, and lets time pass until all nodes are linked, and each has heard what it has missed. */
  async heal(): Promise<boolean> {
    const areLinked = await linkedAgain(this.nodes);
    await this.nodes.pass(2 * BEACON_MS + AGAIN_MS + 300);
    return areLinked;
  }

  /** All clients leave, and time passes until nothing is left of them. */
  async finish(): Promise<void> {
    while (this.#held.length > 0) this.release();
    await this.nodes.settle();
    for (const { peer } of this.participants) peer.client.close();
    await this.nodes.pass(3 * LEASE_MS);
  }

  #groups(node: MemoryNode): Groups {
    return (this.#contexts.get(node) as HubContext<TestClient>).groups;
  }

  #ask(what: string, node: MemoryNode, promise: Promise<unknown>): void {
    const asked: Asked = { what, node, at: this.now, outcome: 'pending' };
    this.asked.push(asked);
    promise.then(
      () => {
        asked.outcome = 'resolved';
      },
      (error: Error) => {
        asked.outcome = error;
      },
    );
  }

  #say(
    from: NodeParticipant | MemoryNode,
    target: Address,
    clients: HubClients<TestClient> | CallerClients<TestClient>,
  ): void {
    const address = fixed(target, this.participants.length);
    const participant = from instanceof NodeParticipant ? from : undefined;
    const node = from instanceof NodeParticipant ? from.node : from;
    const message: NodeMessage = {
      number: this.messages.length,
      from,
      node,
      address,
      at: this.now,
      wasLinked: node.cluster.isLinked,
      unlinked: new Set(this.nodes.all.filter(({ cluster }) => !cluster.isLinked)),
      outcome: 'pending',
    };
    this.messages.push(message);
    for (const receiver of expectedReceivers(address, participant, this.participants))
      receiver.due.push(message.number);
    const ids = this.participants.map(({ id }) => id);
    receivers(clients, address, ids)
      .send('Heard', message.number, '')
      .then(
        () => {
          message.outcome = 'sent';
        },
        (error: Error) => {
          message.outcome = error;
        },
      );
  }

  #createHub(nodeOf: () => MemoryNode) {
    const participantOf = (id: string) => this.#byId.get(id) as NodeParticipant;
    const { holds, kept = [] } = this.#settings;
    return setupHub({ client: {} as TestClient }).createHub({
      history: Object.fromEntries(kept.map((group) => [group, HISTORY])),
      methods: {
        Say: method([any<readonly Address[]>()], (hub, addresses) => {
          for (const address of addresses) this.#say(participantOf(hub.connectionId), address, hub.clients);
        }),
      },
      ...(holds !== undefined && {
        moderate: [
          async ({ args: [number] }) => {
            if (!holds(number as number)) return undefined;
            const held = defer();
            this.#held.push(held);
            await held.promise;
            return undefined;
          },
        ],
      }),
      onGap: (group) => this.gaps.push({ node: nodeOf(), group, at: this.now }),
      onConnected: (hub) => {
        participantOf(hub.connectionId).connects += 1;
      },
      onDisconnected: (hub, reason) => {
        const participant = participantOf(hub.connectionId);
        participant.hasBegunToEnd = true;
        participant.endedAt = this.messages.length;
        participant.departures.push(reason);
      },
    });
  }
}
