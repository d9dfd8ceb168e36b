import { type Claimer, PresenceSimulation } from '../properties/presence-simulation.ts';
import type { MemoryNodeOptions } from '../support/memory-nodes.ts';

/** Several nodes with one client each, and calls of these that are answered. */
export class Site {
  readonly simulation: PresenceSimulation;
  #calls = 0;

  constructor(simulation: PresenceSimulation) {
    this.simulation = simulation;
  }

  static async of(count: number, options: MemoryNodeOptions = {}): Promise<Site> {
    const hubOptions = { detailedErrors: true };
    return new Site(await PresenceSimulation.start(count, { ...options, hubOptions }));
  }

  get nodes() {
    return this.simulation.nodes;
  }
  /** The changes that were told, in their order, each with the node that has told it. */
  get told(): readonly string[] {
    return this.simulation.told.map(({ change: { kind, entry }, node }) => `${node.nodeId}: ${kind} ${entry.as}`);
  }
  /** The same with keys, and without the nodes. */
  get toldKeys(): readonly string[] {
    return this.simulation.told.map(({ change }) => {
      const { kind, entry } = change;
      return kind === 'moved' ? `moved ${change.before.key} ${entry.key}` : `${kind} ${entry.key}`;
    });
  }

  /** The client of a node. */
  client(at: number): Claimer {
    return this.simulation.claimers[at] as Claimer;
  }

  node(at: number) {
    return this.nodes.at(at);
  }

  /** Begins a call. @returns a function that gets its answer. */
  begin({ peer }: Claimer, name: string, ...args: readonly unknown[]): () => unknown {
    this.#calls += 1;
    const id = `${this.#calls}`;
    peer.client.invoke(name, args, id);
    return () => {
      const [completion] = peer.client.completions(id);
      return completion === undefined ? 'none' : (completion.error ?? completion.result ?? 'done');
    };
  }

  async call(claimer: Claimer, name: string, ...args: readonly unknown[]): Promise<unknown> {
    const answer = this.begin(claimer, name, ...args);
    await this.nodes.settle();
    return answer();
  }

  claim(at: number, key: string, as: string, info: unknown = null): Promise<unknown> {
    return this.call(this.client(at), 'Claim', key, as, info);
  }

  /** The entries that a node lists, each as `KEY AS`. */
  async list(at: number): Promise<readonly string[]> {
    let listed: readonly string[] = ['none'];
    void this.simulation.list(this.node(at)).then((entries) => {
      listed = entries.map(({ key, as }) => `${key} ${as}`);
    });
    await this.nodes.settle();
    return listed;
  }

  /** Begins a call, and stops the node when it has written to the store: it reads the answer when it goes on. */
  async pausedAtWrite(at: number, name: string, ...args: readonly unknown[]): Promise<() => unknown> {
    const node = this.node(at);
    const { presence } = node.backplane;
    const { write } = presence;
    Object.assign(presence, {
      write: (...written: Parameters<typeof write>) => {
        const answer = write(...written);
        node.pause();
        Object.assign(presence, { write });
        return answer;
      },
    });
    const answer = this.begin(this.client(at), name, ...args);
    while (!node.isStill) await this.nodes.turn();
    return answer;
  }

  away(at: number): void {
    this.node(at).backplane.isAway = true;
    this.node(at).backplane.cut();
  }

  back(at: number): void {
    this.node(at).backplane.isAway = false;
    this.node(at).backplane.tryAgain();
  }
}
