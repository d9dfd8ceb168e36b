import { asError, RefusedError } from '../errors.ts';
import type { Sender } from '../hub/routing.ts';
import type { Target } from '../hub/target.ts';
import type { Codec } from '../protocol/codec.ts';
import { MessageType } from '../protocol/messages.ts';
import type { Delivery } from './delivery.ts';
import type { Decision, OutboxPort, Wait } from './outbox-port.ts';
import type { RoutedMessage } from './routed-message.ts';

/** A message that waits until all earlier ones of its sender are decided. */
interface HeldMessage {
  readonly routed: RoutedMessage;
  readonly outbox: OutboxPort;
  /** undefined: nobody has been asked about it. */
  readonly wait: Wait | undefined;
  readonly settle: (error?: Error) => void;
}

/** Commits a message that is no longer held, as it was decided. Returns an error when it is refused. */
type Conclude = (decision: Decision, routed: RoutedMessage, outbox: OutboxPort) => Promise<void> | Error;

/** Largest number of held messages of one connection. For the server itself only the capacity of the outbox counts. */
const MAXIMUM_HELD_PER_SENDER = 100;

/**
 * The senders that have held messages. Everything that such a sender sends later is held, too, which keeps its order.
 */
export class HeldSenders {
  readonly #codecs: readonly Codec[];
  readonly #delivery: Delivery;
  readonly #wallNow: () => number;
  readonly #refusal: (target: Target) => Error | undefined;
  readonly #conclude: Conclude;
  readonly #unsent: (error: unknown, sender: Sender) => void;
  /** Held messages of each sender, oldest first. A sender without any has no entry. */
  readonly #queues = new Map<Sender, HeldMessage[]>();

  constructor(parts: {
    readonly codecs: readonly Codec[];
    readonly delivery: Delivery;
    /** Milliseconds since 1970. */
    readonly wallNow: () => number;
    /** Refuses a message that was sent while the other nodes could be reached, and cannot reach them now. */
    readonly refusal: (target: Target) => Error | undefined;
    readonly conclude: Conclude;
    /** Called for each held message that was refused. */
    readonly unsent: (error: unknown, sender: Sender) => void;
  }) {
    this.#codecs = parts.codecs;
    this.#delivery = parts.delivery;
    this.#wallNow = parts.wallNow;
    this.#refusal = parts.refusal;
    this.#conclude = parts.conclude;
    this.#unsent = parts.unsent;
  }

  get size(): number {
    return this.#queues.size;
  }

  has(sender: Sender): boolean {
    return this.#queues.has(sender);
  }

  /**
   * Holds a message behind the held ones of its sender.
   *
   * @param wait Waits for the decision about it; undefined: that is still to be asked for. It need not be the first of
   *   its sender: a moderator that was asked about it may have sent another one, which is held already.
   * @returns a promise that resolves when the message is committed and rejects when it is refused; an error when it
   *   cannot be held.
   */
  hold(routed: RoutedMessage, outbox: OutboxPort, wait?: Wait): Promise<void> | RefusedError {
    const { sender, target, method, args, message } = routed;
    const queue = this.#queues.get(sender) ?? [];
    if (sender.connectionId !== undefined && queue.length >= MAXIMUM_HELD_PER_SENDER) {
      outbox.accepted();
      outbox.refused('sender-full');
      return new RefusedError(`${MAXIMUM_HELD_PER_SENDER} messages of this sender are held back already.`);
    }
    if (outbox.isFull) return outbox.overflowed();
    const invocation = { type: MessageType.Invocation, target: method, arguments: args } as const;
    // Until the commit the arguments may change, and a connection with another protocol may come.
    message.encode(invocation, this.#delivery.codecsLater(target, this.#codecs));
    outbox.accepted();
    outbox.held();
    const isFirst = queue.length === 0;
    const sent = new Promise<void>((resolve, reject) => {
      queue.push({ routed, outbox, wait, settle: (error) => (error instanceof Error ? reject(error) : resolve()) });
    });
    sent.catch((error: unknown) => this.#unsent(error, sender));
    if (isFirst && wait !== undefined) {
      this.#queues.set(sender, queue);
      this.#await(wait(), queue, sender);
    }
    return sent;
  }

  #await(decision: Promise<Decision>, queue: HeldMessage[], sender: Sender): void {
    decision.then(
      (decided) => this.#release(decided, queue, sender),
      (error: unknown) => this.#release(asError(error), queue, sender),
    );
  }

  /** Commits or refuses the oldest message, and then each following one whose decision is known at once. */
  #release(first: Decision, queue: HeldMessage[], sender: Sender): void {
    let decision: Decision | Wait = first;
    for (;;) {
      if (typeof decision === 'function') {
        this.#await(decision(), queue, sender);
        return;
      }
      const { routed, outbox, settle } = queue.shift() as HeldMessage;
      outbox.released();
      routed.message.stamp(this.#wallNow());
      const refused = decision instanceof Error ? undefined : this.#refusal(routed.target);
      if (refused !== undefined) outbox.refused('unshared');
      const concluded = refused ?? this.#conclude(decision, routed, outbox);
      if (concluded instanceof Error) settle(concluded);
      else concluded.then(() => settle());
      const next = queue[0];
      if (next === undefined) {
        this.#queues.delete(sender);
        return;
      }
      decision = next.wait ?? next.outbox.decide(next.routed);
    }
  }
}
