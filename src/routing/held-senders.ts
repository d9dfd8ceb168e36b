import { asError, RefusedError } from '../errors.ts';
import type { Sender } from '../hub/routing.ts';
import type { Codec } from '../protocol/codec.ts';
import { MessageType } from '../protocol/messages.ts';
import type { Delivery } from './delivery.ts';
import type { Decision, OutboxPort } from './outbox-port.ts';
import type { RoutedMessage } from './routed-message.ts';

/** A message that waits for the first in its sender's line to be decided. */
interface HeldMessage {
  readonly routed: RoutedMessage;
  readonly outbox: OutboxPort;
  readonly settle: (error?: Error) => void;
}

/** How many messages of one sender may be held back. */
const MAXIMUM_HELD_PER_SENDER = 100;

/** The senders whose messages an outbox holds back: whatever they send after that waits behind it, so that it keeps its order. */
export class HeldSenders {
  readonly #codecs: readonly Codec[];
  readonly #delivery: Delivery;
  readonly #commit: (routed: RoutedMessage, outbox: OutboxPort) => Promise<void>;
  readonly #unsent: (error: unknown, sender: Sender) => void;
  /** Empty as long as nothing is held. */
  readonly #queues = new Map<Sender, HeldMessage[]>();

  constructor(parts: {
    readonly codecs: readonly Codec[];
    readonly delivery: Delivery;
    /** Sends a message that is no longer held. */
    readonly commit: (routed: RoutedMessage, outbox: OutboxPort) => Promise<void>;
    /** Hears of every held message that was refused. */
    readonly unsent: (error: unknown, sender: Sender) => void;
  }) {
    this.#codecs = parts.codecs;
    this.#delivery = parts.delivery;
    this.#commit = parts.commit;
    this.#unsent = parts.unsent;
  }

  get size(): number {
    return this.#queues.size;
  }

  has(sender: Sender): boolean {
    return this.#queues.has(sender);
  }

  /**
   * Holds a message back, behind those of its sender that are.
   *
   * @param decision What it waits for, when it is the first.
   * @returns a promise that settles as the message is sent or refused; or why it cannot be held.
   */
  hold(routed: RoutedMessage, outbox: OutboxPort, decision?: Promise<Decision>): Promise<void> | RefusedError {
    // It is heard of only if there is room to wait for it.
    decision?.catch(() => {});
    const { sender, target, method, args, message } = routed;
    const queue = this.#queues.get(sender) ?? [];
    if (queue.length >= MAXIMUM_HELD_PER_SENDER)
      return new RefusedError(`${MAXIMUM_HELD_PER_SENDER} messages of this sender are held back already.`);
    if (outbox.isFull) return new RefusedError('The outbox holds back as many messages as it may.');
    const invocation = { type: MessageType.Invocation, target: method, arguments: args } as const;
    // By the time it goes its arguments may have changed, and somebody may have come who speaks something else.
    message.encode(invocation, this.#delivery.codecsLater(target, this.#codecs));
    outbox.accepted();
    outbox.held();
    const sent = new Promise<void>((resolve, reject) => {
      queue.push({ routed, outbox, settle: (error) => (error instanceof Error ? reject(error) : resolve()) });
    });
    sent.catch((error: unknown) => this.#unsent(error, sender));
    if (decision !== undefined) {
      this.#queues.set(sender, queue);
      this.#await(decision, queue, sender);
    }
    return sent;
  }

  #await(decision: Promise<Decision>, queue: HeldMessage[], sender: Sender): void {
    decision.then(
      (decided) => this.#release(decided, queue, sender),
      (error: unknown) => this.#release(asError(error), queue, sender),
    );
  }

  /** The first of the line is decided: it goes, and with it every following one that nothing holds. */
  #release(first: Decision, queue: HeldMessage[], sender: Sender): void {
    let decision: Decision | Promise<Decision> = first;
    for (;;) {
      if (decision instanceof Promise) {
        this.#await(decision, queue, sender);
        return;
      }
      const { routed, outbox, settle } = queue.shift() as HeldMessage;
      outbox.released();
      if (decision === 'commit') {
        this.#commit(routed, outbox).then(() => settle());
      } else {
        outbox.refused(decision);
        settle(decision);
      }
      const next = queue[0];
      if (next === undefined) {
        this.#queues.delete(sender);
        return;
      }
      decision = next.outbox.decide(next.routed);
    }
  }
}
