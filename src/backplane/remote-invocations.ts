import type { Alarms } from '../clock.ts';
import { DisconnectedError, RefusedError } from '../errors.ts';
import type { InvokeOptions } from '../hub/routing.ts';
import { tagOfBoot } from '../ids.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { PendingInvocation } from '../routing/pending-invocation.ts';
import { idOf, PendingInvocations } from '../routing/pending-invocations.ts';
import type { ThisNode } from '../routing/this-node.ts';
import { AdoptedInvocations, errorOf, Outcome } from './adopted-invocations.ts';
import type { OtherNode } from './link/directory.ts';
import type { NodeLink } from './node-link.ts';
import { countOf, textOf, textsOf } from './wire/fields.ts';
import type { InvocationItem } from './wire/items.ts';

/** A client of another node, while it is invoked. */
interface RemoteClient {
  readonly connectionId: string;
  readonly node: OtherNode;
  /** Number of its pending invocations. */
  pending: number;
}

interface OwnInvocation {
  readonly client: RemoteClient;
  /** Whether its message was sent: it may be held by a moderator before. */
  isSent: boolean;
}

/**
 * Client results between nodes, for one hub. This node's invocations of clients elsewhere wait here; each ends with its
 * result, with its client, or with the node of the client.
 */
export class RemoteInvocations {
  readonly #hub: string;
  readonly #tag: string;
  readonly #alarms: Alarms;
  readonly #link: NodeLink;
  readonly #pending: PendingInvocations<RemoteClient>;
  /** By id. */
  readonly #own = new Map<string, OwnInvocation>();
  /** By connection id: one object for each client, by which the limit of its invocations counts. */
  readonly #clients = new Map<string, RemoteClient>();
  /** Those that others have begun. */
  readonly #adopted: AdoptedInvocations;
  /** Nodes that do not know yet that some of these have ended: nobody waits for their results. */
  readonly #untold = new Set<OtherNode>();
  #latest = 0;

  constructor(hub: string, bootId: string, alarms: Alarms, link: NodeLink) {
    this.#hub = hub;
    this.#tag = tagOfBoot(bootId);
    this.#alarms = alarms;
    this.#link = link;
    this.#pending = new PendingInvocations(alarms);
    this.#adopted = new AdoptedInvocations(hub, link);
  }

  /** Number of pending invocations, of this node and of others. */
  get size(): number {
    return this.#pending.size + this.#adopted.size;
  }

  /**
   * @throws {DisconnectedError} when no node has the connection, {RefusedError} when its node cannot be reached, and as
   *   `PendingInvocations.begin`.
   */
  begin(connectionId: string, options: InvokeOptions): PendingInvocation {
    const node = this.#link.ownerOf(connectionId);
    if (node === undefined) throw new DisconnectedError(errorTexts.connectionDoesNotExist(connectionId));
    if (!this.#link.isLinked) throw unreachable(node);
    const client = this.#clients.get(connectionId) ?? { connectionId, node, pending: 0 };
    const invocation = this.#pending.begin(client, () => this.#newId(client), options);
    const { id } = invocation;
    client.pending += 1;
    this.#clients.set(connectionId, client);
    this.#own.set(id, { client, isSent: false });
    const forget = (): void => this.#forget(id, client);
    invocation.result.then(forget, forget);
    return invocation;
  }

  /** The node of the client of a pending invocation. */
  nodeOf(invocationId: string): OtherNode | undefined {
    return this.#own.get(invocationId)?.client.node;
  }

  /** The message of an invocation was sent, or could not be sent. */
  sent(invocationId: string, isSent: boolean): void {
    const own = this.#own.get(invocationId);
    if (own === undefined) return;
    own.isSent = isSent;
    if (!isSent) this.#end(invocationId, unreachable(own.client.node));
  }

  /** A node has ended, and its clients with it. */
  left(node: OtherNode): void {
    this.#adopted.left(node);
    this.#untold.delete(node);
    for (const [id, { client }] of this.#own) {
      if (client.node.bootId !== node.bootId) continue;
      this.#end(id, new DisconnectedError(errorTexts.connectionDisconnected(client.connectionId)));
    }
  }

  /** This node has ended, and nothing reaches it any more. */
  close(): void {
    for (const [id, { client }] of this.#own) this.#end(id, unreachable(client.node));
  }

  /**
   * Tells each node which invocations wait for it, and asks which of them it does not have: messages may have been lost.
   */
  check(): void {
    const byNode = new Map<OtherNode, string[]>();
    for (const node of this.#untold) byNode.set(node, []);
    for (const [id, { client }] of this.#own) {
      const ids = byNode.get(client.node);
      if (ids === undefined) byNode.set(client.node, [id]);
      else ids.push(id);
    }
    for (const [node, ids] of byNode) void this.#check(node, ids);
  }

  /** Gives an invocation of another node to a client of this one. */
  deliver(thisNode: ThisNode, from: OtherNode, item: InvocationItem, message: EncodedMessage): void {
    this.#adopted.deliver(thisNode, from, item, message);
  }

  /** Answers another node: a result has come. */
  complete([id, kind, value]: readonly unknown[], bootId: string): void {
    const invocationId = textOf(id) ?? '';
    const client = this.#own.get(invocationId)?.client;
    // A late one, or of a node that was not asked.
    if (client === undefined || client.node.bootId !== bootId) return;
    if (kind !== Outcome.Result) {
      this.#end(invocationId, errorOf(kind, textOf(value) ?? ''));
      return;
    }
    this.#own.delete(invocationId);
    this.#pending.complete(client, { invocationId, result: value });
  }

  /** Answers another node: which of its invocations are not here. It waits for no other ones up to a number. */
  unknownOf([list, number]: readonly unknown[], bootId: string): readonly string[] {
    const ids = textsOf(list) ?? [];
    this.#adopted.keepOnly(ids, countOf(number) ?? 0, bootId);
    return this.#adopted.unknownOf(ids);
  }

  async #check(node: OtherNode, ids: readonly string[]): Promise<void> {
    const sent = new Set(ids.filter((id) => this.#own.get(id)?.isSent === true));
    this.#untold.delete(node);
    const args = [ids, this.#latest];
    const { replies, missing } = await this.#link.ask(node, { name: 'unknown-invocations', hub: this.#hub, args });
    if (missing.length > 0) this.#untold.add(node);
    for (const { value } of replies) {
      for (const id of textsOf(value) ?? []) {
        const own = this.#own.get(id);
        if (own === undefined || !sent.has(id)) continue;
        this.#end(id, new RefusedError(`The invocation of ${own.client.connectionId} was lost between two nodes.`));
      }
    }
  }

  /** Ends an invocation for which its node does not wait any more. */
  #end(id: string, error: Error): void {
    this.#own.delete(id);
    this.#pending.fail(id, error);
  }

  #forget(id: string, client: RemoteClient): void {
    // Nobody waits for the result any more.
    if (this.#own.get(id)?.isSent === true) this.#untold.add(client.node);
    this.#own.delete(id);
    client.pending -= 1;
    if (client.pending === 0) this.#clients.delete(client.connectionId);
  }

  /** By the time rather than counted, so that a client does not see how often others are invoked. */
  #newId(client: RemoteClient): string {
    this.#latest = Math.max(this.#latest + 1, Math.floor(this.#alarms.wallNow()));
    return idOf(this.#latest, client, this.#tag);
  }
}

function unreachable({ nodeId }: OtherNode): RefusedError {
  return new RefusedError(`The node ${nodeId}, which has the connection, cannot be reached.`, { missing: [nodeId] });
}
