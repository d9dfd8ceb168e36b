import { RefusedError } from '../errors.ts';
import { answerOf, type CheckedQuery, type FoundConnections, type RemoteConnection } from '../hub/found-connections.ts';
import type { AbortOptions, InvokeOptions } from '../hub/routing.ts';
import { type Target, toConnections } from '../hub/target.ts';
import type { Codec } from '../protocol/codec.ts';
import { MessageType } from '../protocol/messages.ts';
import type { OtherNodes } from '../routing/other-nodes.ts';
import type { PendingInvocation } from '../routing/pending-invocation.ts';
import type { RoutedMessage } from '../routing/routed-message.ts';
import type { SharedHistories } from './history/shared-histories.ts';
import type { OtherNode } from './link/directory.ts';
import type { Waiting } from './link/publisher.ts';
import type { NodeLink } from './node-link.ts';
import type { RemoteInvocations } from './remote-invocations.ts';
import { readAnswers } from './requests/all-answers.ts';
import { allChannel, groupChannel, inboxChannel, userChannel } from './wire/channels.ts';
import { writeName } from './wire/fields.ts';
import { type MessageOptions, writeInvocation, writeMessage, writeToConnections } from './wire/items.ts';
import { writePayloads } from './wire/payloads.ts';

export interface HubClusterParts {
  /** Key of the hub, the same on all nodes. */
  readonly hub: string;
  readonly codecs: readonly Codec[];
  readonly link: NodeLink;
  readonly invocations: RemoteInvocations;
  /** undefined: no group of the hub keeps its messages. */
  readonly histories: Pick<SharedHistories, 'has' | 'whenHeard'> | undefined;
  /** Messages of both outboxes that wait for the backplane. */
  readonly waiting: { readonly broadcast: Waiting; readonly whisper: Waiting };
  /** Whether messages are refused as long as they cannot reach the other nodes. */
  readonly mayRefuse: boolean;
  /** Called for each connection that a message or an abort names, and that no node has. */
  unknown(connectionId: string): void;
}

interface Written {
  readonly payloads: readonly unknown[];
  readonly bytes: number;
}

const NOT_WRITTEN: Written = { payloads: [], bytes: 0 };

/** The other nodes, as one hub of this node reaches them over the backplane. */
export class HubCluster implements OtherNodes {
  readonly #parts: HubClusterParts;

  constructor(parts: HubClusterParts) {
    this.#parts = parts;
  }

  get mayRefuse(): boolean {
    return this.#parts.mayRefuse;
  }

  deliver(target: Target, routed: RoutedMessage): void {
    const { hub, waiting } = this.#parts;
    const { invocationId, message } = routed;
    const written = this.#write(routed);
    if (written === undefined) return;
    const { payloads, bytes } = written;
    if (invocationId !== undefined) this.#invoke(target, invocationId, payloads, bytes);
    else if (target.to === 'connections') this.#toConnections(target.ids, payloads, message, bytes);
    else if (target.to === 'users') {
      const item = writeMessage(payloads, message, []);
      for (const id of new Set(target.ids)) this.#publish(userChannel(hub, id), item, bytes, waiting.whisper);
    } else {
      const item = writeMessage(payloads, message, target.except);
      const groups =
        target.to === 'groups' ? target.groups.map((group) => groupChannel(hub, group)) : [allChannel(hub)];
      for (const channel of groups) this.#publish(channel, item, bytes, waiting.broadcast);
    }
  }

  begin(connectionId: string, options: InvokeOptions): PendingInvocation {
    return this.#parts.invocations.begin(connectionId, options);
  }

  async abort(target: Target, options: AbortOptions): Promise<void> {
    const { link, hub } = this.#parts;
    const question = (which: Target) => ({
      name: 'abort',
      hub,
      args: [JSON.stringify(which), JSON.stringify(options)],
    });
    if (target.to !== 'connections') {
      readAnswers(await link.askAll(question(target)), 'ended', undefined);
      return;
    }
    const asked = [...this.#byOwner(target.ids)].map(([node, ids]) => link.ask(node, question(toConnections(ids))));
    for (const answer of await Promise.all(asked)) readAnswers(answer, 'ended', undefined);
  }

  join(connectionId: string, group: string): Promise<void> {
    return this.#move('join', connectionId, group);
  }
  leave(connectionId: string, group: string): Promise<void> {
    return this.#move('leave', connectionId, group);
  }

  async members(group: string, here: readonly string[]): Promise<readonly string[]> {
    const { link, hub } = this.#parts;
    const answers = await link.askAll({ name: 'members', hub, args: [writeName(group)] });
    const all = [...here];
    for (const { value } of answers.replies) {
      if (Array.isArray(value)) for (const id of value) if (typeof id === 'string') all.push(id);
    }
    readAnswers(answers, 'told who is in the group', all);
    return all;
  }

  async count(group: string, here: number): Promise<number> {
    const { link, hub } = this.#parts;
    const answers = await link.askAll({ name: 'count', hub, args: [writeName(group)] });
    let count = here;
    for (const { value } of answers.replies) if (Number.isSafeInteger(value)) count += value as number;
    readAnswers(answers, 'counted the group', count);
    return count;
  }

  async connections(here: number): Promise<number> {
    const answers = await this.#parts.link.askAll({ name: 'connections', hub: this.#parts.hub, args: [] });
    let count = here;
    for (const { value } of answers.replies) if (Number.isSafeInteger(value)) count += value as number;
    readAnswers(answers, 'counted their connections', count);
    return count;
  }

  async find(query: CheckedQuery, here: readonly RemoteConnection[]): Promise<FoundConnections> {
    const { link, hub } = this.#parts;
    const { replies, missing } = await link.askAll({ name: 'find', hub, args: [JSON.stringify(query)] });
    const found = [...here];
    for (const { value } of replies) if (Array.isArray(value)) found.push(...value.filter(isFound));
    return answerOf(
      found,
      query,
      missing.map(({ nodeId }) => nodeId),
    );
  }

  refusal(target: Target): RefusedError | undefined {
    const { link } = this.#parts;
    if (link.isLinked || (target.to === 'connections' && this.#byOwner(target.ids).size === 0)) return undefined;
    return new RefusedError('The other nodes cannot be reached, so the message is not sent (onOutage).');
  }

  whenHeard(group: string): Promise<void> | undefined {
    const { histories } = this.#parts;
    if (histories?.has(group) === true) return histories.whenHeard(group);
    return this.#parts.link.whenHeard(groupChannel(this.#parts.hub, group));
  }

  whenReached(userId: string | undefined): Promise<void> | undefined {
    const { hub, link } = this.#parts;
    const all = link.whenHeard(allChannel(hub));
    const ofUser = userId === undefined ? undefined : link.whenHeard(userChannel(hub, userId));
    if (all === undefined) return ofUser;
    return ofUser === undefined ? all : all.then(() => ofUser);
  }

  /** @returns the encodings of a message; none while nobody could get them. undefined: it cannot be written. */
  #write({ args, message, method }: RoutedMessage): Written | undefined {
    const { codecs, link } = this.#parts;
    if (!link.isOpen) return NOT_WRITTEN;
    try {
      const invocation = { type: MessageType.Invocation, target: method, arguments: args } as const;
      // Already encoded for all, if it is an invocation with an id.
      message.encode(invocation, codecs);
    } catch (error) {
      link.failed(error);
      return undefined;
    }
    const bytes = codecs.reduce((sum, codec) => sum + message.bytes(codec).length, 0);
    return { payloads: writePayloads(message, codecs), bytes };
  }

  #toConnections(ids: readonly string[], payloads: readonly unknown[], message: MessageOptions, bytes: number): void {
    const { hub, unknown, waiting } = this.#parts;
    const known = this.#byOwner(ids, unknown);
    for (const [node, theirs] of known) {
      const item = writeToConnections(hub, theirs, payloads, message);
      this.#publish(inboxChannel(node), item, bytes, waiting.whisper);
    }
  }

  #invoke(target: Target, invocationId: string, payloads: readonly unknown[], bytes: number): void {
    const { hub, invocations, waiting } = this.#parts;
    const node = invocations.nodeOf(invocationId);
    const [connectionId] = target.to === 'connections' ? target.ids : [];
    // Its connection was here when it began, and has gone: it has failed already.
    if (node === undefined || connectionId === undefined) return;
    const item = writeInvocation({ hub, connectionId, invocationId, payloads });
    invocations.sent(invocationId, this.#publish(inboxChannel(node), item, bytes, waiting.whisper));
  }

  async #move(name: 'join' | 'leave', connectionId: string, group: string): Promise<void> {
    const { link, hub } = this.#parts;
    for (const [node] of this.#byOwner([connectionId])) {
      const answers = await link.ask(node, { name, hub, args: [connectionId, writeName(group)] });
      readAnswers(answers, `let the connection ${name} the group`, undefined);
    }
  }

  /** The nodes that have these connections, each with its own. @param unknown Called for those that no node has. */
  #byOwner(ids: readonly string[], unknown: (id: string) => void = () => {}): Map<OtherNode, string[]> {
    const byOwner = new Map<OtherNode, string[]>();
    for (const id of ids) {
      const owner = this.#parts.link.ownerOf(id);
      if (owner === undefined) unknown(id);
      else {
        const theirs = byOwner.get(owner);
        if (theirs === undefined) byOwner.set(owner, [id]);
        else theirs.push(id);
      }
    }
    return byOwner;
  }

  #publish(channel: string, item: readonly unknown[], bytes: number, owner: Waiting): boolean {
    return this.#parts.link.publish(channel, item, bytes, owner);
  }
}

/** Whether another node has sent a connection, as far as it is looked at here. */
function isFound(value: unknown): value is RemoteConnection {
  const { connectionId, connectedAt } = (value ?? {}) as Partial<RemoteConnection>;
  return typeof connectionId === 'string' && typeof connectedAt === 'number';
}
