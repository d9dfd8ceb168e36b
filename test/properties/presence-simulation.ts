import { expect } from 'vitest';
import { z } from 'zod';
import type { HubContext } from '../../src/hub/hub-context.ts';
import { method } from '../../src/hub/method.ts';
import type { PresenceChange, PresenceEntry } from '../../src/hub/presence.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type MemoryNode, type MemoryNodeOptions, MemoryNodes } from '../support/memory-nodes.ts';
import type { Peer } from '../support/memory-server.ts';
import { LEASE_MS, livingNodes, PATIENT } from './living-nodes.ts';

/** One connection, and the keys that it was told it has. */
export interface Claimer {
  readonly peer: Peer;
  readonly node: MemoryNode;
  /** `as` by key. */
  readonly claims: Map<string, string>;
  /** Of claims. */
  readonly answers: boolean[];
  hasBegunToEnd: boolean;
}

/** A change that was told. */
export interface Told {
  readonly change: PresenceChange;
  readonly node: MemoryNode;
}

/** Several nodes whose clients claim keys, and what was told of them. */
export class PresenceSimulation {
  readonly nodes = new MemoryNodes();
  readonly claimers: Claimer[] = [];
  readonly told: Told[] = [];
  /** What is wrong with the order in which changes were told. */
  readonly disorder: string[] = [];
  readonly #options: MemoryNodeOptions;
  #emptiedAt = Number.NEGATIVE_INFINITY;
  #drainedAt = Number.NEGATIVE_INFINITY;
  #owedUntil = 0;
  readonly #contexts = new Map<MemoryNode, HubContext<unknown>>();
  readonly #byId = new Map<string, Claimer>();
  /** Holders by key, as they were told. */
  readonly #known = new Map<string, string>();

  private constructor(options: MemoryNodeOptions) {
    this.#options = options;
  }

  /** Starts nodes with one client each. */
  static async start(count: number, options: MemoryNodeOptions = {}): Promise<PresenceSimulation> {
    const simulation = new PresenceSimulation(options);
    for (let at = 0; at < count; at++) simulation.add();
    await simulation.nodes.settle();
    for (const node of simulation.nodes.all) simulation.connect(node);
    await simulation.nodes.settle();
    return simulation;
  }

  /** Nodes that work, or could. */
  get living(): readonly MemoryNode[] {
    return livingNodes(this.nodes);
  }

  /** Whether a connection has ended although its client and its node were there. */
  get hasLost(): boolean {
    return this.claimers.some(
      ({ peer, node, hasBegunToEnd }) => peer.isForgotten && !hasBegunToEnd && this.living.includes(node),
    );
  }

  /** Adds a node, and starts it. */
  add(): MemoryNode {
    const hub = this.#createHub(() => node);
    const hubOptions = { ...PATIENT, ...this.#options.hubOptions };
    const node: MemoryNode = this.nodes.add(hub, { ...this.#options, hubOptions });
    this.#contexts.set(node, node.server.parts.context(hub));
    node.cluster.start().catch(() => {});
    return node;
  }

  connect(node: MemoryNode): Claimer {
    const peer = node.server.open({ id: node.newId() });
    const claimer = { peer, node, claims: new Map(), answers: [], hasBegunToEnd: false };
    this.claimers.push(claimer);
    this.#byId.set(peer.id, claimer);
    peer.client.handshake();
    return claimer;
  }

  call({ peer, hasBegunToEnd, node }: Claimer, name: string, ...args: readonly unknown[]): void {
    if (!hasBegunToEnd && !node.hasCrashed) peer.client.invoke(name, args, `call ${Math.random()}`);
  }

  end(claimer: Claimer, how: 'close' | 'cut'): void {
    if (!claimer.hasBegunToEnd) claimer.peer.client[how]();
    claimer.hasBegunToEnd = true;
  }

  /** The store loses everything, and is there again at once. */
  empty(): void {
    const { clock, exchange } = this.nodes;
    const now = clock.now();
    // What a node that has ended could not tell, since others might come back, is known to the store alone.
    if (now < this.#owedUntil) return;
    this.#emptiedAt = now;
    this.#noteDebts();
    exchange.kill({ keepsData: false });
    exchange.comeBack();
  }

  drain(node: MemoryNode): void {
    this.#drainedAt = this.nodes.clock.now();
    this.#noteDebts();
    void node.server.parts.close({ drainMs: 500 });
  }

  /** What a node lists. */
  list(node: MemoryNode): Promise<readonly PresenceEntry[]> {
    return (this.#contexts.get(node) as HubContext<unknown>).presence.list({ limit: 1_000 });
  }

  /** Checks that all nodes list the same: the claims of connections that are there. */
  async checkCalm(): Promise<void> {
    const expected = new Map<string, { as: string; connectionIds: string[] }>();
    for (const { claims, node, peer } of this.claimers) {
      if (!this.living.includes(node) || peer.isForgotten) continue;
      for (const [key, as] of claims) {
        const entry = expected.get(key) ?? { as, connectionIds: [] };
        expect({ key, as }).toEqual({ key, as: entry.as });
        entry.connectionIds.push(peer.id);
        expected.set(key, entry);
      }
    }
    const shown = [...expected].map(([key, { as, connectionIds }]) => ({
      key,
      as,
      connectionIds: connectionIds.sort(),
    }));
    shown.sort((one, other) => (one.key < other.key ? -1 : 1));
    for (const node of this.living) {
      let listed: readonly PresenceEntry[] | undefined;
      void this.list(node).then((entries) => {
        listed = entries;
      });
      await this.nodes.settle();
      const entries = listed?.map(({ key, as, connectionIds }) => ({
        key,
        as,
        connectionIds: [...connectionIds].sort(),
      }));
      expect({ node: node.nodeId, entries }).toEqual({ node: node.nodeId, entries: shown });
    }
  }

  /** Keys that two holders were told they have, as long as their connections are there. */
  rivals(): readonly string[] {
    const holders = new Map<string, string>();
    const rivals: string[] = [];
    for (const { claims, node, peer, hasBegunToEnd } of this.claimers) {
      if (hasBegunToEnd || node.hasCrashed || peer.isForgotten) continue;
      for (const [key, as] of claims) {
        if ((holders.get(key) ?? as) !== as) rivals.push(`${key}: ${holders.get(key)} and ${as}`);
        holders.set(key, as);
      }
    }
    return rivals;
  }

  /** Checks that what was told last of each key is that its holder is the one of the list. */
  async checkTold(): Promise<void> {
    const [node] = this.living;
    if (node === undefined) return;
    let listed: readonly PresenceEntry[] = [];
    void this.list(node).then((entries) => {
      listed = entries;
    });
    await this.nodes.settle();
    const known = [...this.#known].sort();
    expect(known).toEqual(listed.map(({ key, as }) => [key, as]).sort());
  }

  /** All clients leave, and nodes are left with nobody. */
  async finish(): Promise<void> {
    for (const claimer of this.claimers) this.end(claimer, 'close');
    await this.nodes.pass(3 * LEASE_MS);
  }

  /** All nodes end, and nothing is kept. */
  async checkNothingLeft(): Promise<void> {
    const { presences } = this.nodes.exchange;
    const figures = this.living.map(({ server }) => server.host.presence.figures);
    expect(figures.map(({ claims, unwritten }) => claims + unwritten)).toEqual(figures.map(() => 0));
    // Boots that may write.
    expect(presences.size).toEqual(this.living.length);
    for (const node of this.living) this.drain(node);
    await this.nodes.pass(3_000);
    expect(presences.size).toEqual(0);
  }

  /** A node that ends soon after a loss may leave something that is told when its lease is over, and another one. */
  #noteDebts(): void {
    const areNear = Math.abs(this.#emptiedAt - this.#drainedAt) < 2 * LEASE_MS;
    if (areNear) this.#owedUntil = this.nodes.clock.now() + 4 * LEASE_MS;
  }

  #tell(node: MemoryNode, change: PresenceChange): void {
    const { kind, entry } = change;
    const { key, as } = entry;
    this.told.push({ change, node });
    if (kind === 'moved') this.#leave(node, change.before);
    const before = this.#known.get(key);
    if (before !== (kind === 'joined' || kind === 'moved' ? undefined : as))
      this.disorder.push(
        `${this.nodes.clock.now()}: ${kind} ${key} ${as} on ${node.nodeId}, after ${before ?? 'nobody'}`,
      );
    if (kind === 'left') this.#known.delete(key);
    else this.#known.set(key, as);
  }

  #leave(node: MemoryNode, { key, as }: PresenceEntry): void {
    const before = this.#known.get(key);
    if (before !== as) this.disorder.push(`moved from ${key} ${as} on ${node.nodeId}, after ${before ?? 'nobody'}`);
    this.#known.delete(key);
  }

  #createHub(nodeOf: () => MemoryNode) {
    const claimerOf = (id: string) => this.#byId.get(id) as Claimer;
    const text = z.string();
    return setupHub({}).createHub({
      methods: {
        Claim: method([text, text.nullable(), z.unknown()], async (hub, key, as, info) => {
          const { answers, claims } = claimerOf(hub.connectionId);
          const options = as === null ? {} : { as };
          const hasKey = await hub.presence.claim(key, info ?? undefined, options);
          answers.push(hasKey);
          if (hasKey) claims.set(key, as ?? hub.connectionId);
          return hasKey;
        }),
        Update: method([text, z.unknown()], (hub, key, info) => hub.presence.update(key, info)),
        Move: method([text, text], async (hub, from, to) => {
          const { answers, claims } = claimerOf(hub.connectionId);
          const hasKey = await hub.presence.move(from, to);
          answers.push(hasKey);
          if (!hasKey) return;
          claims.delete(from);
          claims.set(to, hub.connectionId);
        }),
        Release: method([text], (hub, key) => {
          claimerOf(hub.connectionId).claims.delete(key);
          return hub.presence.release(key);
        }),
      },
      onPresence: (change) => this.#tell(nodeOf(), change),
    });
  }
}
