import type { Cluster } from '../../src/backplane/cluster.ts';
import type { User } from '../../src/hub/connection-info.ts';
import type { AnyHubDefinition } from '../../src/hub/setup-hub.ts';
import { newConnectionId, tagOfBoot } from '../../src/ids.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { MemoryServer, type MemoryServerOptions, NOTHING_LEFT, type Peer, turnOfTheLoop } from './memory-server.ts';
import { NodeClock } from './node-clock.ts';
import { SimulatedBackplane } from './simulated-backplane.ts';
import { SimulatedExchange } from './simulated-exchange.ts';

export type MemoryNodeOptions = Pick<MemoryServerOptions, 'hubOptions' | 'clusterOptions' | 'codecs'>;

/** Accuracy of the timer wheel. */
const STEP_MS = 100;
/** Turns without time that passes, at most: more of them mean that nodes answer each other without end. */
const MAXIMUM_TURNS = 5_000;

/** One server in memory that is a node. */
export class MemoryNode {
  readonly clock: NodeClock;
  readonly backplane: SimulatedBackplane;
  readonly server: MemoryServer;
  readonly cluster: Cluster;
  readonly nodeId: string;
  /** Whether its process does nothing: it is paused, or it has crashed. */
  isStill = false;
  hasCrashed = false;
  readonly #turn: (() => void)[] = [];

  constructor(nodes: MemoryNodes, hub: AnyHubDefinition, options: MemoryNodeOptions) {
    const nextTurn = (run: () => void): void => void this.#turn.push(run);
    this.clock = new NodeClock(nodes.clock);
    this.backplane = new SimulatedBackplane(nodes.exchange, this.clock, nextTurn);
    this.server = new MemoryServer(hub, {
      ...options,
      backplane: this.backplane,
      clock: nodes.clock,
      partsClock: this.clock,
      nextTurn,
    });
    this.cluster = this.server.parts.cluster as Cluster;
    this.nodeId = this.server.parts.nodeId;
  }

  /** A new id of a connection, by which other nodes find it. */
  newId(): string {
    return newConnectionId(tagOfBoot(this.server.parts.bootId));
  }

  /** Opens a connection, and sends its handshake. */
  open(user?: User): Peer {
    const id = this.newId();
    const peer = this.server.open(user === undefined ? { id } : { id, user });
    peer.client.handshake();
    return peer;
  }

  /** Runs one turn. @returns whether there was anything to run. */
  turn(): boolean {
    if (this.isStill) return false;
    const due = this.#turn.splice(0);
    for (const run of due) run();
    return due.length > 0;
  }

  /** Its process stops, as under SIGSTOP. */
  pause(): void {
    this.isStill = true;
    this.clock.pause();
  }

  /** It goes on, and finds everything that waits for it. */
  resume(): void {
    if (this.hasCrashed) return;
    this.isStill = false;
    this.clock.resume();
  }

  /** Its process ends without a word, as under SIGKILL. */
  crash(): void {
    this.pause();
    this.hasCrashed = true;
    this.backplane.crash();
  }

  /** Counts of everything that must be zero when no connection of any node is left. */
  leftovers(): Readonly<Record<string, number>> {
    const { cluster } = this;
    const { link } = cluster;
    const { alarms = 0, ...others } = this.server.leftovers();
    return {
      ...others,
      // The next beacon is always due.
      alarms: alarms - (cluster.isLinked ? 1 : 0),
      questions: cluster.questions,
      invocations: cluster.invocations,
      waitingBytes: link.publisher.waitingBytes,
      // The control channel and its own.
      subscriptions: link.subscriptions.size - 2,
      heardStrangers: link.heard.nodes - link.directory.size,
    };
  }
}

export const NO_NODES_LEFT = {
  ...NOTHING_LEFT,
  questions: 0,
  invocations: 0,
  waitingBytes: 0,
  subscriptions: 0,
  heardStrangers: 0,
} as const;

/** Several nodes on one simulated backplane and one simulated clock. */
export class MemoryNodes {
  readonly clock = new SimulatedClock();
  readonly exchange = new SimulatedExchange(this.clock);
  readonly all: MemoryNode[] = [];

  /** Makes so many nodes, starts them, and waits until each is linked. */
  static async linked(count: number, hubOf: (at: number) => AnyHubDefinition, options: MemoryNodeOptions = {}) {
    const nodes = new MemoryNodes();
    for (let at = 0; at < count; at++) void nodes.add(hubOf(at), options).cluster.start();
    await nodes.settle();
    return nodes;
  }

  /** Makes a node. It is not started. */
  add(hub: AnyHubDefinition, options: MemoryNodeOptions = {}): MemoryNode {
    const clusterOptions = { nodeId: `node-${this.all.length}`, ...options.clusterOptions };
    const node = new MemoryNode(this, hub, { ...options, clusterOptions });
    this.all.push(node);
    return node;
  }

  /** A node by its number. */
  at(number: number): MemoryNode {
    return this.all[number % this.all.length] as MemoryNode;
  }

  /** Opens a connection, and lets its `onConnected` run. */
  async connect(node: MemoryNode, user?: User): Promise<Peer> {
    const peer = node.open(user);
    await this.settle();
    return peer;
  }

  /** One turn of each node. @returns whether anything ran. */
  async turn(): Promise<boolean> {
    await turnOfTheLoop();
    let hasRun = false;
    for (const node of this.all) hasRun = node.turn() || hasRun;
    return hasRun;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < MAXIMUM_TURNS; turns++) if (!(await this.turn())) return;
    throw new Error('The nodes do not come to rest.');
  }

  /** Lets time pass, with everything that happens in it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.clock.increment(Math.min(STEP_MS, left));
      await this.settle();
    }
  }
}
