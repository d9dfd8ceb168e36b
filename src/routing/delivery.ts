import type { Target } from '../hub/target.ts';
import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { Connections, Recipient } from './connections.ts';
import type { Memberships } from './memberships.ts';

/** From a target to lanes: who that is now, and one append for each. Loops over plain data; nothing here waits. */
export class Delivery {
  readonly #connections: Connections;
  readonly #memberships: Memberships;
  readonly #undeliverable: (connectionId: string) => void;

  /** @param undeliverable Hears of each message to a single connection that is not there, or is ending. */
  constructor(connections: Connections, memberships: Memberships, undeliverable: (connectionId: string) => void) {
    this.#connections = connections;
    this.#memberships = memberships;
    this.#undeliverable = undeliverable;
  }

  deliver(target: Target, message: EncodedMessage): void {
    switch (target.to) {
      case 'all':
        pushToAll(this.#connections.all(), target.except, message);
        return;
      case 'groups':
        for (const group of target.groups) pushToAll(this.#memberships.members(group), target.except, message);
        return;
      case 'connections':
        for (const recipient of this.resolve(target)) {
          if (!recipient.lane.push(message)) this.#undeliverable(recipient.connectionId);
        }
        return;
      case 'users':
        for (const recipient of this.resolve(target)) recipient.lane.push(message);
        return;
    }
  }

  /**
   * What those speak who would get a message now: as far as it costs nothing to know, so it may be a little more.
   *
   * @param all What the hub speaks. The first of them stands for nobody: whether a message can be written is said in any case.
   */
  codecsNow(target: Target, all: readonly Codec[]): readonly Codec[] {
    const { codecs } = this.#connections;
    return this.codecsLater(target, codecs.length > 0 ? codecs : all.slice(0, 1));
  }

  /** What those may speak who will get a message that waits: all, unless it is for one who is here. */
  codecsLater(target: Target, all: readonly Codec[]): readonly Codec[] {
    const only = target.to === 'connections' && target.ids.length === 1 ? target.ids[0] : undefined;
    const recipient = only === undefined ? undefined : this.#connections.get(only);
    return recipient === undefined ? all : [recipient.lane.codec];
  }

  /** The connections that the target means now, each once. */
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
          if (recipient === undefined) this.#undeliverable(id);
          else recipients.add(recipient);
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

/** A list of exceptions is searched as it is while it is short, which it nearly always is: the caller alone. */
const SHORT = 8;

function pushToAll(recipients: Iterable<Recipient>, except: readonly string[], message: EncodedMessage): void {
  if (except.length === 0) {
    for (const recipient of recipients) recipient.lane.push(message);
    return;
  }
  const excepted = except.length <= SHORT ? undefined : new Set(except);
  for (const recipient of recipients) {
    const id = recipient.connectionId;
    if (excepted === undefined ? except.includes(id) : excepted.has(id)) continue;
    recipient.lane.push(message);
  }
}
