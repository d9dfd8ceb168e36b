import type { OtherNode } from './link/directory.ts';
import type { Waiting } from './link/publisher.ts';
import type { Question, Replies } from './requests/requests.ts';

/** The other nodes, as the hubs of this one use them. Implemented by `cluster.ts`. Nothing here waits or throws. */
export interface NodeLink {
  readonly isLinked: boolean;
  /** Whether there is a connection, so that something can be published. */
  readonly isOpen: boolean;
  /** Publishes an item. @returns whether it was taken. */
  publish(channel: string, item: readonly unknown[], bytes: number, owner: Waiting): boolean;
  ask(node: OtherNode, question: Question): Promise<Replies>;
  askAll(question: Question): Promise<Replies>;
  /** The node that has a connection, by its id; undefined: none that is alive. */
  ownerOf(connectionId: string): OtherNode | undefined;
  /** Resolves when messages on a channel come, or cannot come. undefined: there is nothing to wait for. */
  whenHeard(channel: string): Promise<void> | undefined;
  /** Reports what should not happen. */
  failed(error: unknown): void;
}
