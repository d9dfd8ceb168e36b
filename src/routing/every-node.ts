import type { CheckedQuery, FoundConnections } from '../hub/found-connections.ts';
import type { AbortOptions } from '../hub/routing.ts';
import type { Target } from '../hub/target.ts';
import { promised, unawaited } from '../promises.ts';
import type { Connections } from './connections.ts';
import type { Delivery } from './delivery.ts';
import type { OtherNodes } from './other-nodes.ts';
import type { ThisNode } from './this-node.ts';

/** Everything about connections that is no message: this node does its part within the call, then the others theirs. */
export class EveryNode {
  readonly #connections: Connections;
  readonly #delivery: Delivery;
  readonly #thisNode: ThisNode;
  readonly #otherNodes: OtherNodes;

  constructor(connections: Connections, delivery: Delivery, thisNode: ThisNode, otherNodes: OtherNodes) {
    this.#connections = connections;
    this.#delivery = delivery;
    this.#thisNode = thisNode;
    this.#otherNodes = otherNodes;
  }

  abort(target: Target, options: AbortOptions): Promise<void> {
    return promised(() => {
      const elsewhere = this.#delivery.elsewhere(target);
      this.#thisNode.abort(target, options);
      return elsewhere === undefined ? undefined : this.#otherNodes.abort(elsewhere, options);
    });
  }

  join(connectionId: string, group: string): Promise<void> {
    if (!this.#connections.has(connectionId)) return unawaited(this.#otherNodes.join(connectionId, group));
    return promised(() => {
      this.#thisNode.join(connectionId, group);
      return this.#otherNodes.whenHeard(group);
    });
  }

  leave(connectionId: string, group: string): Promise<void> {
    if (!this.#connections.has(connectionId)) return unawaited(this.#otherNodes.leave(connectionId, group));
    return promised(() => this.#thisNode.leave(connectionId, group));
  }

  members(group: string): Promise<readonly string[]> {
    const here = this.#thisNode.members(group);
    return unawaited(this.#otherNodes.members(group, here));
  }

  count(group: string): Promise<number> {
    const here = this.#thisNode.count(group);
    return unawaited(this.#otherNodes.count(group, here));
  }

  connections(): Promise<number> {
    return unawaited(this.#otherNodes.connections(this.#thisNode.connections()));
  }

  find(query: CheckedQuery): Promise<FoundConnections> {
    return unawaited(this.#otherNodes.find(query, this.#thisNode.find(query)));
  }
}
