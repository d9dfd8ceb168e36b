import { DisconnectedError } from '../errors.ts';
import { type CheckedQuery, firstOf, type RemoteConnection } from '../hub/found-connections.ts';
import type { AbortOptions } from '../hub/routing.ts';
import type { Target } from '../hub/target.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { ClientResults } from './client-results.ts';
import type { Connections, Recipient } from './connections.ts';
import type { Delivery } from './delivery.ts';
import type { Memberships } from './memberships.ts';
import type { PendingInvocation } from './pending-invocation.ts';
import type { ThisNode } from './this-node.ts';

/** The connections of one hub on this node. */
export class LocalConnections implements ThisNode {
  readonly #connections: Connections;
  readonly #memberships: Memberships;
  readonly #delivery: Delivery;
  readonly #clientResults: ClientResults;
  readonly #describe: (recipient: Recipient) => RemoteConnection | undefined;

  /** @param describe Returns undefined for a connection that is ending. */
  constructor(
    connections: Connections,
    memberships: Memberships,
    delivery: Delivery,
    clientResults: ClientResults,
    describe: (recipient: Recipient) => RemoteConnection | undefined,
  ) {
    this.#describe = describe;
    this.#connections = connections;
    this.#memberships = memberships;
    this.#delivery = delivery;
    this.#clientResults = clientResults;
  }

  deliver(target: Target, message: EncodedMessage): number {
    return this.#delivery.deliver(target, message);
  }

  invoke(connectionId: string, invocationId: string, message: EncodedMessage): PendingInvocation {
    const recipient = this.#connections.get(connectionId);
    if (recipient === undefined) throw new DisconnectedError(errorTexts.connectionDoesNotExist(connectionId));
    if (!recipient.lane.isOpen) throw new DisconnectedError(errorTexts.connectionDisconnected(connectionId));
    const pending = this.#clientResults.adopt(recipient, invocationId);
    recipient.lane.push(message);
    return pending;
  }

  abort(target: Target, options: AbortOptions): void {
    for (const recipient of this.#delivery.resolve(target)) recipient.abort(options);
  }

  join(connectionId: string, group: string): void {
    const recipient = this.#connections.get(connectionId);
    // An ending connection has left its groups, and a call of its that still runs must not bring it back.
    if (recipient?.lane.isOpen === true) this.#memberships.join(recipient, group);
  }

  leave(connectionId: string, group: string): void {
    const recipient = this.#connections.get(connectionId);
    if (recipient !== undefined) this.#memberships.leave(recipient, group);
  }

  members(group: string): readonly string[] {
    return Array.from(this.#memberships.members(group), ({ connectionId }) => connectionId);
  }

  count(group: string): number {
    return this.#memberships.members(group).size;
  }

  connections(): number {
    return this.#connections.size;
  }

  find(query: CheckedQuery): readonly RemoteConnection[] {
    const { user, group } = query;
    const text = query.text?.toLowerCase();
    const found: RemoteConnection[] = [];
    for (const recipient of this.#candidates(query)) {
      if (user !== undefined && recipient.userId !== user) continue;
      if (group !== undefined && !this.#memberships.members(group).has(recipient)) continue;
      const described = this.#describe(recipient);
      if (described !== undefined && (text === undefined || hasText(described, text))) found.push(described);
    }
    return firstOf(found, query);
  }

  #candidates({ user, group }: CheckedQuery): Iterable<Recipient> {
    if (group !== undefined) return this.#memberships.members(group);
    return user === undefined ? this.#connections.all() : this.#connections.ofUser(user);
  }
}

function hasText({ connectionId, user, remoteAddress }: RemoteConnection, text: string): boolean {
  return [connectionId, user?.id ?? '', remoteAddress].some((each) => each.toLowerCase().includes(text));
}
