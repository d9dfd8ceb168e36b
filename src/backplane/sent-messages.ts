import type { Target } from '../hub/target.ts';
import type { Codec } from '../protocol/codec.ts';
import { MessageType } from '../protocol/messages.ts';
import type { RoutedMessage } from '../routing/routed-message.ts';
import { byOwner } from './by-owner.ts';
import type { Waiting } from './link/publisher.ts';
import type { NodeLink } from './node-link.ts';
import type { RemoteInvocations } from './remote-invocations.ts';
import { allChannel, groupChannel, inboxChannel, userChannel } from './wire/channels.ts';
import { type MessageOptions, writeInvocation, writeMessage, writeToConnections } from './wire/items.ts';
import { writePayloads } from './wire/payloads.ts';

export interface SentMessagesParts {
  /** Key of the hub, the same on all nodes. */
  readonly hub: string;
  readonly codecs: readonly Codec[];
  readonly link: NodeLink;
  readonly invocations: RemoteInvocations;
  /** Messages of both outboxes that wait for the backplane. */
  readonly waiting: { readonly broadcast: Waiting; readonly whisper: Waiting };
  /** Called for each connection that a message names, and that no node has. */
  unknown(connectionId: string): void;
}

interface Written {
  readonly payloads: readonly unknown[];
  readonly bytes: number;
}

const NOT_WRITTEN: Written = { payloads: [], bytes: 0 };

/** Messages of one hub of this node to the other nodes, which take them as `ReceivedMessages`. */
export class SentMessages {
  readonly #parts: SentMessagesParts;

  constructor(parts: SentMessagesParts) {
    this.#parts = parts;
  }

  /** As `OtherNodes.deliver`. */
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
    const { hub, link, unknown, waiting } = this.#parts;
    for (const [node, theirs] of byOwner(link, ids, unknown)) {
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

  #publish(channel: string, item: readonly unknown[], bytes: number, owner: Waiting): boolean {
    return this.#parts.link.publish(channel, item, bytes, owner);
  }
}
