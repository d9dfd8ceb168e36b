import { toConnections } from '../hub/target.ts';
import type { Codec } from '../protocol/codec.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import type { ThisNode } from '../routing/this-node.ts';
import type { Address } from './hub-addresses.ts';
import type { OtherNode } from './link/directory.ts';
import type { Taken } from './link/incoming.ts';
import type { RemoteInvocations } from './remote-invocations.ts';
import { type MessageItem, readInvocation, readMessage, readToConnections } from './wire/items.ts';
import { payloadsOf } from './wire/payloads.ts';

/** Messages of other nodes to one hub: they go into the lanes of this node's receivers. */
export class ReceivedMessages {
  readonly #codecs: readonly Codec[];
  readonly #thisNode: ThisNode;
  readonly #invocations: RemoteInvocations;

  /** @param codecs The protocols of the hub. */
  constructor(codecs: readonly Codec[], thisNode: ThisNode, invocations: RemoteInvocations) {
    this.#codecs = codecs;
    this.#thisNode = thisNode;
    this.#invocations = invocations;
  }

  /** A message to the receivers of a channel. */
  message(address: Address, item: readonly unknown[]): Taken {
    const read = readMessage(item);
    const message = read && this.#messageOf(read);
    if (read === undefined || message === undefined) return 'malformed';
    this.#thisNode.deliver(address.target(read.except), message);
    return 'taken';
  }

  /** A message to listed connections. */
  toConnections(item: readonly unknown[]): Taken {
    const read = readToConnections(item);
    const message = read && this.#messageOf(read);
    if (read === undefined || message === undefined) return 'malformed';
    this.#thisNode.deliver(toConnections(read.ids), message);
    return 'taken';
  }

  /** An invocation of a client, by another node. */
  invocation(item: readonly unknown[], from: OtherNode): Taken {
    const read = readInvocation(item);
    const encodings = read && payloadsOf(read.payloads, this.#codecs);
    if (read === undefined || encodings === undefined) return 'malformed';
    this.#invocations.deliver(this.#thisNode, from, read, EncodedMessage.received(encodings, undefined));
    return 'taken';
  }

  #messageOf({ payloads, sender, ...options }: MessageItem): EncodedMessage | undefined {
    const encodings = payloadsOf(payloads, this.#codecs);
    return encodings && EncodedMessage.received(encodings, options, sender);
  }
}
