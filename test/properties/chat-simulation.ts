import { expect } from 'vitest';
import type { HubContext } from '../../src/hub/hub-context.ts';
import { fold, nameKeysOf } from '../../src/hubs/chat/name-keys.ts';
import { createChatHub } from '../../src/hubs/chat.ts';
import { type MemoryNode, MemoryNodes } from '../support/memory-nodes.ts';
import type { Peer } from '../support/memory-server.ts';
import { moderated } from '../support/moderated.ts';
import { LEASE_MS, livingNodes, PATIENT } from './living-nodes.ts';

/** One client of the chat. */
export interface Chatter {
  readonly peer: Peer;
  readonly node: MemoryNode;
  hasBegunToEnd: boolean;
}

/** Keys of presence for each user: the user, and two locks. */
const KEYS_OF_A_USER = 3;

/** The chat on several nodes, and what was told of its users. */
export class ChatSimulation {
  readonly nodes = new MemoryNodes();
  readonly chatters: Chatter[] = [];
  /** What was told, in this order, whichever node has told it. */
  readonly told: string[] = [];
  /** What is wrong with it. */
  readonly disorder: string[] = [];
  /** Names of those who are there, as it was told, by what presence orders. */
  readonly #known = new Map<string, string>();
  readonly #contexts = new Map<MemoryNode, HubContext<unknown>>();
  #calls = 0;

  /** Starts nodes with one client each. */
  static async start(count: number): Promise<ChatSimulation> {
    const simulation = new ChatSimulation();
    for (let at = 0; at < count; at++) simulation.add();
    await simulation.nodes.settle();
    for (const node of simulation.nodes.all) simulation.connect(node);
    // Guests may draw the same number: one of them waits until the other one is told.
    await simulation.nodes.pass(200);
    return simulation;
  }

  get living(): readonly MemoryNode[] {
    return livingNodes(this.nodes);
  }

  /** Clients that are there. */
  get present(): readonly Chatter[] {
    return this.chatters.filter(({ node, peer }) => this.living.includes(node) && !peer.isForgotten);
  }

  add(): MemoryNode {
    const hub = moderated(createChatHub(), [
      ({ method, args }) => {
        this.#tell(method, args as readonly string[]);
        return undefined;
      },
    ]);
    const node = this.nodes.add(hub, { hubOptions: PATIENT });
    this.#contexts.set(node, node.server.parts.context(hub));
    node.cluster.start().catch(() => {});
    return node;
  }

  connect(node: MemoryNode): Chatter {
    const chatter = { peer: node.open(), node, hasBegunToEnd: false };
    this.chatters.push(chatter);
    return chatter;
  }

  end(chatter: Chatter, how: 'close' | 'cut'): void {
    if (!chatter.hasBegunToEnd) chatter.peer.client[how]();
    chatter.hasBegunToEnd = true;
  }

  drain(node: MemoryNode): void {
    void node.server.parts.close({ drainMs: 500 });
  }

  /** Begins a call. @returns a function that gets its answer. */
  begin({ peer, hasBegunToEnd, node }: Chatter, name: string, ...args: readonly unknown[]): () => unknown {
    this.#calls += 1;
    const id = `call ${this.#calls}`;
    if (!hasBegunToEnd && !node.hasCrashed) peer.client.invoke(name, args, id);
    return () => {
      const [completion] = peer.client.completions(id);
      return completion === undefined ? 'none' : (completion.error ?? completion.result);
    };
  }

  async call(chatter: Chatter, name: string, ...args: readonly unknown[]): Promise<unknown> {
    const answer = this.begin(chatter, name, ...args);
    await this.nodes.settle();
    return answer();
  }

  async nameOf(chatter: Chatter): Promise<string> {
    return ((await this.call(chatter, 'GetStats')) as { readonly username: string }).username;
  }

  /** The names that a client gets, in their order. */
  async list(chatter: Chatter): Promise<readonly string[]> {
    return ((await this.call(chatter, 'GetUsers')) as readonly { readonly user: string }[]).map(({ user }) => user);
  }

  /** Checks that all clients get the same users, which are those who are there, and that nothing else is taken. */
  async checkCalm(): Promise<void> {
    const names: string[] = [];
    for (const chatter of this.present) names.push(await this.nameOf(chatter));
    names.sort((one, other) => (fold(one) < fold(other) ? -1 : 1));
    for (const key of ['folded', 'name', 'look'] as const)
      expect(new Set(names.map((name) => nameKeysOf(name)[key])).size, key).toBe(names.length);
    for (const chatter of this.present) expect(await this.list(chatter)).toEqual(names);
    for (const node of this.living) expect(await this.#count(node)).toBe(KEYS_OF_A_USER * names.length);
  }

  /** Checks that those are known who are there. */
  async checkTold(): Promise<void> {
    const [node] = this.living;
    const names: string[] = [];
    for (const chatter of this.present) names.push(await this.nameOf(chatter));
    if (node !== undefined) expect([...this.#known.values()].sort()).toEqual(names.sort());
  }

  /** All clients leave. */
  async finish(): Promise<void> {
    for (const chatter of this.chatters) this.end(chatter, 'close');
    await this.nodes.pass(3 * LEASE_MS);
  }

  async #count(node: MemoryNode): Promise<number> {
    let count = -1;
    void this.#contexts
      .get(node)
      ?.presence.count()
      .then((counted) => {
        count = counted;
      });
    await this.nodes.settle();
    return count;
  }

  #tell(event: string, [first = '', second = '']: readonly string[]): void {
    if (!['UserJoined', 'UserLeft', 'UserRenamed'].includes(event)) return;
    this.told.push(event === 'UserRenamed' ? `${event} ${first} ${second}` : `${event} ${first}`);
    if (event !== 'UserJoined') this.#goes(first);
    if (event !== 'UserLeft') this.#comes(event === 'UserRenamed' ? second : first);
  }

  #comes(name: string): void {
    if (this.#known.has(fold(name))) this.disorder.push(`${this.told.at(-1)}: ${name} is there already`);
    this.#known.set(fold(name), name);
  }

  #goes(name: string): void {
    if (this.#known.get(fold(name)) !== name) this.disorder.push(`${this.told.at(-1)}: ${name} is not there`);
    this.#known.delete(fold(name));
  }
}
