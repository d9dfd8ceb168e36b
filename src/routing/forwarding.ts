import type { CommitObserver } from './commit-observer.ts';
import type { Delivery } from './delivery.ts';
import type { OtherNodes } from './other-nodes.ts';
import type { RoutedMessage } from './routed-message.ts';

/** Hands committed messages to the other nodes, when these may have receivers. No sender waits for other nodes. */
export class Forwarding implements CommitObserver {
  readonly #delivery: Delivery;
  readonly #otherNodes: OtherNodes;

  constructor(delivery: Delivery, otherNodes: OtherNodes) {
    this.#delivery = delivery;
    this.#otherNodes = otherNodes;
  }

  committed(routed: RoutedMessage): number {
    const target = this.#delivery.elsewhere(routed.target);
    if (target !== undefined) this.#otherNodes.deliver(target, routed);
    return 0;
  }
}
