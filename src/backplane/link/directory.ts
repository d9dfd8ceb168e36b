import type { LiveLease } from '../backplane.ts';

/** Another node that is alive. */
export interface OtherNode {
  readonly nodeId: string;
  readonly bootId: string;
}

export interface DirectoryListener {
  /** A node has ended: its lease has run out, or it has said so. */
  left(node: OtherNode): void;
}

/**
 * The other nodes that are alive, by their leases. While this node is not linked nothing is known of them, and all stay
 * as they were.
 */
export class Directory {
  readonly #bootId: string;
  readonly #listener: DirectoryListener;
  /** By boot id. */
  #nodes = new Map<string, OtherNode>();
  /** Boot ids of nodes that were heard, and are not in the leases that were read last. */
  readonly #met = new Set<string>();
  /** Boot ids of nodes that have said that they end, and are in the leases. */
  readonly #gone = new Set<string>();

  /** @param bootId That of this node. */
  constructor(bootId: string, listener: DirectoryListener) {
    this.#bootId = bootId;
    this.#listener = listener;
  }

  get size(): number {
    return this.#nodes.size;
  }

  others(): IterableIterator<OtherNode> {
    return this.#nodes.values();
  }

  get(bootId: string): OtherNode | undefined {
    return this.#nodes.get(bootId);
  }

  hasNode(nodeId: string): boolean {
    for (const node of this.#nodes.values()) if (node.nodeId === nodeId) return true;
    return false;
  }

  /** A node has been heard. The next leases have it, except those that were asked for before. */
  meet(node: OtherNode): void {
    const { bootId } = node;
    if (bootId === this.#bootId || this.#nodes.has(bootId) || this.#gone.has(bootId)) return;
    this.#nodes.set(bootId, node);
    this.#met.add(bootId);
  }

  /**
   * Takes all leases, as the backplane has them now.
   *
   * @param areAll false: the backplane was away, so nodes that are alive may not have their lease yet.
   */
  learn(alive: readonly LiveLease[], areAll = true): void {
    const isBack = ({ nodeId }: OtherNode): boolean => alive.some((lease) => lease.nodeId === nodeId);
    const before = this.#nodes;
    const now = new Map<string, OtherNode>();
    for (const { nodeId, bootId } of alive) {
      this.#met.delete(bootId);
      if (bootId === this.#bootId || this.#gone.has(bootId)) continue;
      now.set(bootId, before.get(bootId) ?? { nodeId, bootId });
    }
    this.#nodes = now;
    for (const bootId of this.#gone) if (!alive.some((lease) => lease.bootId === bootId)) this.#gone.delete(bootId);
    for (const [bootId, node] of before) {
      if (now.has(bootId)) continue;
      if (this.#met.delete(bootId) || !(areAll || isBack(node))) now.set(bootId, node);
      else this.#listener.left(node);
    }
  }

  /** A node has said that it ends. Its lease may still be listed for a moment. */
  leave(bootId: string): void {
    const node = this.#nodes.get(bootId);
    if (node === undefined) return;
    this.#nodes.delete(bootId);
    this.#met.delete(bootId);
    this.#gone.add(bootId);
    this.#listener.left(node);
  }
}
