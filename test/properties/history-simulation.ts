import type { History } from '../../src/hub/history.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Position, positionText } from '../../src/protocol/position.ts';
import { type MemoryNode, MemoryNodes } from '../support/memory-nodes.ts';
import { any } from '../support/schemas.ts';
import { HistoryReader } from './history-reader.ts';
import { LEASE_MS, linkedAgain, livingNodes } from './living-nodes.ts';
import { PATIENT } from './nodes-site.ts';

export const GROUP = 'room:1';
export const SIZE = 12;
export const TTL_MS = 600_000;
const READERS = 4;

/** A message that somebody has sent. */
export interface Said {
  readonly text: string;
  readonly node: MemoryNode;
  outcome: 'pending' | Position | Error;
}

/** Several nodes with one group that keeps its messages, readers of it, and what a model knows. */
export class HistorySimulation {
  readonly nodes = new MemoryNodes();
  readonly readers: HistoryReader[] = [];
  readonly said: Said[] = [];
  /** Nodes that were told that messages of the group are lost. */
  readonly gaps: MemoryNode[] = [];
  /**
   * Texts of all entries that were ever added, by their positions. When the store has lost some, a node that has not
   * seen them may add others at the same positions, before one that has seen them can tell.
   */
  readonly truth = new Map<string, ReadonlySet<string>>();
  #snapshot: MemoryNodes['exchange']['logs'] | undefined;
  #count = 0;

  static async start(count: number): Promise<HistorySimulation> {
    const simulation = new HistorySimulation();
    for (let at = 0; at < count; at++) simulation.#add();
    await simulation.nodes.settle();
    for (let at = 0; at < READERS; at++) simulation.readers.push(new HistoryReader(GROUP, simulation.nodes.at(at)));
    await simulation.nodes.settle();
    simulation.read();
    return simulation;
  }

  get living(): readonly MemoryNode[] {
    return livingNodes(this.nodes);
  }

  read(): void {
    for (const reader of this.readers) reader.read();
  }

  /** A node or a reader sends a message. */
  say(node: MemoryNode, messageId?: string): void {
    this.#count += 1;
    const said: Said = { text: `text ${this.#count}`, node, outcome: 'pending' };
    this.said.push(said);
    const { clients } = node.server.parts.context(this.#hubs.get(node) as ReturnType<HistorySimulation['hubOf']>);
    const options = messageId === undefined ? {} : { messageId };
    clients
      .group(GROUP)
      .with(options)
      .send('Heard', said.text)
      .then(
        (position) => {
          said.outcome = position as Position;
        },
        (error: Error) => {
          said.outcome = error;
        },
      );
  }

  history(node: MemoryNode): History {
    return node.server.parts.context(this.#hubs.get(node) as ReturnType<HistorySimulation['hubOf']>).history(GROUP);
  }

  /** Keeps a copy of what the store has. */
  snapshot(): void {
    this.#snapshot = this.nodes.exchange.logs.copy();
  }

  /** The store is restored from the latest copy, and all connections are lost for a moment. */
  restore(): void {
    const { exchange } = this.nodes;
    exchange.kill({ keepsData: true });
    if (this.#snapshot !== undefined) exchange.logs = this.#snapshot.copy();
    this.#watch();
    exchange.comeBack();
  }

  flush(): void {
    this.nodes.exchange.kill({ keepsData: false });
    this.#watch();
    this.nodes.exchange.comeBack();
  }

  /** Ends all faults, and lets time pass until everybody has everything. */
  async heal(): Promise<void> {
    await linkedAgain(this.nodes);
    // A beacon that was lost is sent twice, and nodes that have died are noticed.
    await this.nodes.pass(2 * LEASE_MS);
    for (const reader of this.readers) {
      if (!reader.isConnected) reader.comeBack(this.living[0] as MemoryNode);
      reader.recover();
    }
    await this.nodes.settle();
    // By this one all see where the history stands.
    this.say(this.living[0] as MemoryNode);
    for (let at = 0; at < 10; at++) {
      await this.nodes.pass(500);
      this.read();
    }
  }

  readonly #hubs = new Map<MemoryNode, ReturnType<HistorySimulation['hubOf']>>();

  hubOf(gap: (group: string) => void) {
    return setupHub({ client: {} as { Heard(text: string): void } }).createHub({
      history: { 'room:*': { size: SIZE, ttlMs: TTL_MS } },
      onGap: gap,
      methods: {
        Recover: method([any<string>(), any<Position>()], async (hub, group, from) => {
          await hub.groups.add(hub.connectionId, group);
          return hub.history(group).since(from);
        }),
      },
    });
  }

  #add(): void {
    const hub = this.hubOf(() => this.gaps.push(node));
    const node: MemoryNode = this.nodes.add(hub, { hubOptions: PATIENT });
    this.#hubs.set(node, hub);
    node.cluster.start().catch(() => {});
    this.#watch();
  }

  /** Learns what is added to the store. */
  #watch(): void {
    const { logs } = this.nodes.exchange;
    const texts = new TextDecoder();
    const append = logs.append.bind(logs);
    logs.append = (...entry) => {
      const appended = append(...entry);
      const text = /text \d+/.exec(texts.decode(entry[1]))?.[0] ?? '';
      const key = positionText(appended.position);
      if (appended.added !== undefined) this.truth.set(key, new Set([...(this.truth.get(key) ?? []), text]));
      return appended;
    };
  }
}
