import type { Alarms } from '../clock.ts';
import type { InvokeOptions } from '../hub/routing.ts';
import type { CompletionMessage } from '../protocol/messages.ts';
import type { Recipient } from './connections.ts';
import type { PendingInvocation } from './pending-invocation.ts';
import { idOf, PendingInvocations } from './pending-invocations.ts';

/** Ids of invocations: those of this node, and those with the tag of the node that has begun them. */
const ID = /^s([1-9]\d{0,14})(?:\.([\w-]{5}))?-/;

/** A connection that has been invoked. */
interface InvokedClient {
  /** Number of its invocations by this node so far; the next id is made of it. */
  count: number;
  /** By node: the highest number of its invocations by another one. */
  readonly elsewhere: Map<string, number>;
}

/**
 * SignalR's client results of one hub: the invocations of the clients of this node, by this node and by others. Only the
 * invoked connection can complete them.
 */
export class ClientResults {
  readonly #pending: PendingInvocations<Recipient>;
  /** The connections that have been invoked, until they leave. */
  readonly #invoked = new Map<Recipient, InvokedClient>();

  constructor(alarms: Alarms) {
    this.#pending = new PendingInvocations(alarms);
  }

  /** Number of pending invocations. */
  get size(): number {
    return this.#pending.size;
  }
  /** Number of connections that have been invoked. */
  get clients(): number {
    return this.#invoked.size;
  }

  /** Begins an invocation by this node. @throws as `PendingInvocations.begin`. */
  begin(recipient: Recipient, options: InvokeOptions): PendingInvocation {
    return this.#pending.begin(
      recipient,
      () => {
        const client = this.#clientOf(recipient);
        client.count += 1;
        return idOf(client.count, recipient);
      },
      options,
    );
  }

  /** Begins one by another node, under the id that it was given there. @throws as `begin`. */
  adopt(recipient: Recipient, id: string): PendingInvocation {
    const adopted = (): string => {
      const [, number, node] = ID.exec(id) ?? [];
      if (node !== undefined) {
        const { elsewhere } = this.#clientOf(recipient);
        elsewhere.set(node, Math.max(elsewhere.get(node) ?? 0, Number(number)));
      }
      return id;
    };
    return this.#pending.begin(recipient, adopted, {});
  }

  /**
   * @returns false when no invocation with this id is pending (any more).
   * @throws {ProtocolError} when another connection was invoked.
   */
  complete(from: Recipient, completion: CompletionMessage): boolean {
    return this.#pending.complete(from, completion);
  }

  /** Whether this client has been invoked with that id, however long ago. */
  hasInvoked(recipient: Recipient, id: string): boolean {
    const client = this.#invoked.get(recipient);
    const [, digits, node] = ID.exec(id) ?? [];
    const number = Number(digits);
    const highest = node === undefined ? client?.count : client?.elsewhere.get(node);
    return highest !== undefined && number <= highest && id === idOf(number, recipient, node);
  }

  /** Rejects all pending invocations of a connection that ends. */
  abortInvocationsOf(recipient: Recipient): void {
    this.#invoked.delete(recipient);
    this.#pending.abortAllOf(recipient);
  }

  #clientOf(recipient: Recipient): InvokedClient {
    let client = this.#invoked.get(recipient);
    if (client === undefined) {
      client = { count: 0, elsewhere: new Map() };
      this.#invoked.set(recipient, client);
    }
    return client;
  }
}
