import { type Target, toConnections } from '../hub/target.ts';
import { baseOf, type Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { CommitObserver } from './commit-observer.ts';
import type { Connections, Recipient } from './connections.ts';
import type { Memberships } from './memberships.ts';
import type { RoutedMessage } from './routed-message.ts';

/**
 * Finds the receivers that a target has now on this node, and appends the message to their lanes. Plain loops: nothing
 * here waits.
 */
export class Delivery implements CommitObserver {
  readonly #connections: Connections;
  readonly #memberships: Memberships;
  readonly #undeliverable: (connectionId: string) => void;

  /** @param undeliverable Called for each message to a listed connection that is ending. */
  constructor(connections: Connections, memberships: Memberships, undeliverable: (connectionId: string) => void) {
    this.#connections = connections;
    this.#memberships = memberships;
    this.#undeliverable = undeliverable;
  }

  committed({ target, message }: RoutedMessage): number {
    return this.deliver(target, message);
  }

  /** Appends a message to the lanes of its receivers. @returns as `committed`. */
  deliver(target: Target, message: EncodedMessage): number {
    let most = 0;
    switch (target.to) {
      case 'all':
        return pushToAll(this.#connections.all(), target.except, message);
      case 'groups':
        for (const group of target.groups)
          most = Math.max(most, pushToAll(this.#memberships.members(group), target.except, message));
        return most;
      case 'connections':
        for (const { connectionId, lane } of this.resolve(target)) {
          if (!lane.push(message)) this.#undeliverable(connectionId);
          most = Math.max(most, lane.closedSlices);
        }
        return most;
      case 'users':
        return pushToAll(this.resolve(target), NOBODY, message);
    }
  }

  /**
   * The protocols of the connections that would receive a message now. It may name more than those: only what costs
   * nothing to know is looked at.
   *
   * @param all The protocols of the hub. Without any connection the first one is used, so that `send` rejects what
   *   cannot be written in any case.
   */
  codecsNow(target: Target, all: readonly Codec[]): readonly Codec[] {
    const { codecs } = this.#connections;
    return this.codecsLater(target, codecs.length > 0 ? codecs : all.slice(0, 1));
  }

  /** The protocols that receivers of a held message may have: all, except for a single connection that exists. */
  codecsLater(target: Target, all: readonly Codec[]): readonly Codec[] {
    const only = target.to === 'connections' && target.ids.length === 1 ? target.ids[0] : undefined;
    const recipient = only === undefined ? undefined : this.#connections.get(only);
    return recipient === undefined ? all : [baseOf(recipient.lane.codec)];
  }

  /** The part of a target that other nodes may have; undefined when this node has all connections that it lists. */
  elsewhere(target: Target): Target | undefined {
    if (target.to !== 'connections') return target;
    for (const id of target.ids) {
      if (this.#connections.get(id) === undefined)
        return toConnections(target.ids.filter((each) => this.#connections.get(each) === undefined));
    }
    return undefined;
  }

  /** The connections of this node that the target means now, each once. */
  resolve(target: Target): ReadonlySet<Recipient> {
    const recipients = new Set<Recipient>();
    const add = (some: Iterable<Recipient>): void => {
      for (const recipient of some) recipients.add(recipient);
    };
    switch (target.to) {
      case 'all':
        add(this.#connections.all());
        break;
      case 'groups':
        for (const group of target.groups) add(this.#memberships.members(group));
        break;
      case 'connections':
        for (const id of target.ids) {
          const recipient = this.#connections.get(id);
          if (recipient !== undefined) recipients.add(recipient);
        }
        return recipients;
      case 'users':
        for (const id of target.ids) add(this.#connections.ofUser(id));
        return recipients;
    }
    for (const recipient of recipients)
      if (target.except.includes(recipient.connectionId)) recipients.delete(recipient);
    return recipients;
  }
}

/**
 * Up to this length a list of exceptions is searched as it is; longer ones become a Set. Mostly it is the caller alone.
 */
const MAXIMUM_SEARCHED = 8;
const NOBODY: readonly string[] = [];

/** @returns slices before the message in the lane that has most of them. */
function pushToAll(recipients: Iterable<Recipient>, except: readonly string[], message: EncodedMessage): number {
  const isExcepted = except.length === 0 ? undefined : testOf(except);
  let most = 0;
  for (const recipient of recipients) {
    if (isExcepted?.(recipient.connectionId) === true) continue;
    const { lane } = recipient;
    lane.push(message);
    const { closedSlices } = lane;
    if (closedSlices > most) most = closedSlices;
  }
  return most;
}

function testOf(except: readonly string[]): (connectionId: string) => boolean {
  if (except.length <= MAXIMUM_SEARCHED) return (connectionId) => except.includes(connectionId);
  const excepted = new Set(except);
  return (connectionId) => excepted.has(connectionId);
}
