import { DisconnectedError } from '../../src/errors.ts';
import {
  answerOf,
  type CheckedQuery,
  type FoundConnections,
  type RemoteConnection,
} from '../../src/hub/found-connections.ts';
import type { HubContext } from '../../src/hub/hub-context.ts';
import type { Moderator } from '../../src/hub/moderator.ts';
import type { AbortOptions, InvokeOptions, Sender } from '../../src/hub/routing.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import type { Target } from '../../src/hub/target.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { CODECS } from '../../src/protocol/codecs.ts';
import { errorTexts } from '../../src/protocol/error-texts.ts';
import { MessageType } from '../../src/protocol/messages.ts';
import { Delivery } from '../../src/routing/delivery.ts';
import type { OtherNodes } from '../../src/routing/other-nodes.ts';
import type { PendingInvocation } from '../../src/routing/pending-invocation.ts';
import type { RoutedMessage } from '../../src/routing/routed-message.ts';
import { MemoryServer, type MemoryServerOptions } from '../support/memory-server.ts';
import { moderated } from '../support/moderated.ts';

export interface NodeClient {
  Heard(text: unknown): void;
  Question(text: unknown): unknown;
}

interface Invocation {
  readonly options: InvokeOptions;
  readonly result: Deferred<unknown>;
}

/** The other one of two nodes in one process, as the router of this node sees it. Effects are there within the call. */
export class OtherNode implements OtherNodes {
  /** Every call of the router: the name of the method, and what it was asked about. */
  readonly asked: (readonly [method: string, ...about: unknown[]])[] = [];
  /** Answers are given when it resolves; they fail with its rejection. */
  answers: Promise<unknown> = Promise.resolve();
  /** Called before each delivery. */
  beforeDelivery: () => void = () => {};
  readonly #invocations = new Map<string, Invocation>();
  readonly #sender: Sender = { connectionId: undefined, user: null };
  #server: MemoryServer | undefined;

  /** Becomes this node. */
  become(server: MemoryServer): void {
    this.#server = server;
  }

  deliver(target: Target, routed: RoutedMessage): void {
    this.asked.push(['deliver', target]);
    this.beforeDelivery();
    if (routed.invocationId !== undefined) {
      const begun = this.#invocations.get(routed.invocationId);
      if (begun !== undefined) this.#invoke(target, routed, begun);
      return;
    }
    const invocation = { type: MessageType.Invocation, target: routed.method, arguments: routed.args } as const;
    routed.message.encode(invocation, CODECS);
    this.#delivery.committed({ ...routed, target });
  }

  begin(connectionId: string, options: InvokeOptions): PendingInvocation {
    this.asked.push(['begin', connectionId]);
    if (this.#host.connections.get(connectionId) === undefined)
      throw new DisconnectedError(errorTexts.connectionDoesNotExist(connectionId));
    const id = `other${this.asked.length}-${connectionId}`;
    const result = defer<unknown>();
    result.promise.catch(() => {});
    this.#invocations.set(id, { options, result });
    return { id, result: result.promise, fail: result.reject };
  }

  abort(target: Target, options: AbortOptions): Promise<void> {
    this.asked.push(['abort', target]);
    for (const recipient of this.#delivery.resolve(target)) recipient.abort(options);
    return this.answers.then(() => {});
  }

  join(connectionId: string, group: string): Promise<void> {
    this.asked.push(['join', connectionId, group]);
    if (this.#host.connections.get(connectionId) === undefined) return this.answers.then(() => {});
    const joined = this.#host.router.join(connectionId, group);
    return this.answers.then(() => joined);
  }

  leave(connectionId: string, group: string): Promise<void> {
    this.asked.push(['leave', connectionId, group]);
    if (this.#host.connections.get(connectionId) !== undefined) void this.#host.router.leave(connectionId, group);
    return this.answers.then(() => {});
  }

  members(group: string, here: readonly string[]): Promise<readonly string[]> {
    this.asked.push(['members', group]);
    const ids = Array.from(this.#host.memberships.members(group), ({ connectionId }) => connectionId);
    return this.answers.then(() => [...here, ...ids]);
  }

  count(group: string, here: number): Promise<number> {
    this.asked.push(['count', group]);
    const { size } = this.#host.memberships.members(group);
    return this.answers.then(() => here + size);
  }

  connections(here: number): Promise<number> {
    return Promise.resolve(here + this.#host.connections.size);
  }

  find(query: CheckedQuery, here: readonly RemoteConnection[]): Promise<FoundConnections> {
    return Promise.resolve(answerOf(here, query, []));
  }

  readonly mayRefuse = false;
  refusal(): undefined {
    return undefined;
  }
  whenHeard(): undefined {
    return undefined;
  }
  whenReached(): undefined {
    return undefined;
  }

  #invoke(target: Target, { method, args, message }: RoutedMessage, { options, result }: Invocation): void {
    // Throws when the message has not been encoded for a protocol that the client may use.
    for (const codec of CODECS) message.bytes(codec);
    const [id] = target.to === 'connections' ? target.ids : [];
    this.#host.router.invoke(this.#sender, id as string, method, args, options).then(result.resolve, result.reject);
  }

  get #host() {
    return (this.#server as MemoryServer).host;
  }
  get #delivery(): Delivery {
    return new Delivery(this.#host.connections, this.#host.memberships, () => {});
  }
}

/** One of two nodes, with the clients that are connected to it. */
export interface TestNode {
  readonly server: MemoryServer;
  readonly context: HubContext<NodeClient>;
  /** The other node, as this one sees it. */
  readonly other: OtherNode;
}

/** Lets everything happen on both nodes that needs no time. */
export async function settleBoth({ here, there }: TwoNodes): Promise<void> {
  for (const { server } of [here, there, here]) await server.settle();
}

export interface TwoNodes {
  readonly here: TestNode;
  readonly there: TestNode;
}

/**
 * Two nodes with the same hub.
 *
 * @param options Of the first; the second one has those of its hub.
 * @param moderate Moderators on the first.
 */
export function twoNodes(options: MemoryServerOptions = {}, moderate: readonly Moderator[] = []): TwoNodes {
  const here = node(options, moderate);
  const there = node(options.hubOptions === undefined ? {} : { hubOptions: options.hubOptions });
  here.other.become(there.server);
  there.other.become(here.server);
  return { here, there };
}

function node(options: MemoryServerOptions, moderate: readonly Moderator[] = []): TestNode {
  const other = new OtherNode();
  const server = new MemoryServer(moderated(nodeHub(), moderate), { ...options, otherNodes: other });
  return { server, context: contextOf(server), other };
}

export function nodeHub() {
  return setupHub({ client: {} as NodeClient }).createHub({ methods: {} });
}

export function contextOf(server: MemoryServer): HubContext<NodeClient> {
  return server.host.hub.context as HubContext<NodeClient>;
}
