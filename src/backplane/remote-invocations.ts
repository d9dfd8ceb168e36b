import type { Alarms } from '../clock.ts';
import { DisconnectedError, HubError, isA, RefusedError, textOf } from '../errors.ts';
import type { InvokeOptions } from '../hub/routing.ts';
import { tagOfBoot } from '../ids.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { PendingInvocation } from '../routing/pending-invocation.ts';
import { idOf, PendingInvocations } from '../routing/pending-invocations.ts';
import type { ThisNode } from '../routing/this-node.ts';
import type { OtherNode } from './link/directory.ts';
import type { NodeLink } from './node-link.ts';
import { textOf as text, textsOf } from './wire/fields.ts';

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

/** Outcome of an invocation, as the node of the client sends it. */
const Outcome = { Result: 0, Error: 1, Gone: 2, Refused: 3 } as const;

/**
 * Client results between nodes, for one hub. This node's invocations of clients elsewhere wait here; each ends with its
 * result, with its client, or with the node of the client. Invocations that others have begun are given to the clients
 * of this node, and their results are sent back until the other node has said that it has them.
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
  /** Ids of invocations by others that this node has, until their results have arrived there. */
  readonly #adopted = new Set<string>();
  #latest = 0;

  constructor(hub: string, bootId: string, alarms: Alarms, link: NodeLink) {
    this.#hub = hub;
    this.#tag = tagOfBoot(bootId);
    this.#alarms = alarms;
    this.#link = link;
    this.#pending = new PendingInvocations(alarms);
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
    if (!isSent) this.#pending.fail(invocationId, unreachable(own.client.node));
  }

  /** A node has ended, and its clients with it. */
  left(node: OtherNode): void {
    for (const [id, { client }] of this.#own) {
      if (client.node.bootId !== node.bootId) continue;
      this.#pending.fail(id, new DisconnectedError(errorTexts.connectionDisconnected(client.connectionId)));
    }
  }

  /** Asks each node whether it has the invocations that wait for it: their messages may have been lost. */
  check(): void {
    const byNode = new Map<OtherNode, string[]>();
    for (const [id, { client, isSent }] of this.#own) {
      if (!isSent) continue;
      const ids = byNode.get(client.node);
      if (ids === undefined) byNode.set(client.node, [id]);
      else ids.push(id);
    }
    for (const [node, ids] of byNode) void this.#check(node, ids);
  }

  /** Gives an invocation of another node to a client of this one. */
  deliver(
    thisNode: ThisNode,
    from: OtherNode,
    item: { readonly connectionId: string; readonly invocationId: string },
    message: EncodedMessage,
  ): void {
    const { connectionId, invocationId } = item;
    this.#adopted.add(invocationId);
    const answer = (kind: number, value: unknown): void => void this.#answer(from, invocationId, kind, value);
    try {
      thisNode.invoke(connectionId, invocationId, message).result.then(
        (result) => answer(Outcome.Result, result),
        (error: unknown) => answer(kindOf(error), textOf(error)),
      );
    } catch (error) {
      answer(kindOf(error), textOf(error));
    }
  }

  /** Answers another node: a result has come. */
  complete([id, kind, value]: readonly unknown[], bootId: string): void {
    const invocationId = text(id) ?? '';
    const client = this.#own.get(invocationId)?.client;
    // A late one, or of a node that was not asked.
    if (client === undefined || client.node.bootId !== bootId) return;
    if (kind === Outcome.Result) this.#pending.complete(client, { invocationId, result: value });
    else this.#pending.fail(invocationId, errorOf(kind, String(value)));
  }

  /** Answers another node: which of these invocations are not here. */
  unknownOf([ids]: readonly unknown[]): readonly string[] {
    return (textsOf(ids) ?? []).filter((id) => !this.#adopted.has(id));
  }

  /** Sends an outcome until it has arrived, or the node of the invocation has ended. */
  async #answer(node: OtherNode, invocationId: string, kind: number, value: unknown): Promise<void> {
    // A method that returns nothing has no result, which is not the same as null.
    const args = [invocationId, kind, ...(value === undefined ? [] : [value])];
    // If it does not arrive in time, the other node asks, hears that it is not here, and gives up.
    await this.#link.ask(node, { name: 'result', hub: this.#hub, args });
    this.#adopted.delete(invocationId);
  }

  async #check(node: OtherNode, ids: readonly string[]): Promise<void> {
    const { replies } = await this.#link.ask(node, { name: 'unknown-invocations', hub: this.#hub, args: [ids] });
    for (const { value } of replies) {
      for (const id of textsOf(value) ?? []) {
        const own = this.#own.get(id);
        if (own === undefined || !ids.includes(id)) continue;
        const lost = `The invocation of ${own.client.connectionId} was lost between two nodes.`;
        this.#pending.fail(id, new RefusedError(lost));
      }
    }
  }

  #forget(id: string, client: RemoteClient): void {
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

function kindOf(error: unknown): number {
  if (isA(HubError, error)) return Outcome.Error;
  return isA(DisconnectedError, error) ? Outcome.Gone : Outcome.Refused;
}

function errorOf(kind: unknown, told: string): Error {
  if (kind === Outcome.Error) return new HubError(told);
  return kind === Outcome.Gone ? new DisconnectedError(told) : new RefusedError(told);
}
