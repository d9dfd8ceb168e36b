import { asError, RefusedError } from '../errors.ts';
import type { Sender } from '../hub/routing.ts';
import type { Target } from '../hub/target.ts';
import type { Codec } from '../protocol/codec.ts';
import { MessageType } from '../protocol/messages.ts';
import type { Position } from '../protocol/position.ts';
import type { Committed } from './commits.ts';
import type { Delivery } from './delivery.ts';
import type { Decision, OutboxPort, Wait } from './outbox-port.ts';
import type { RoutedMessage } from './routed-message.ts';

/** A message that waits until all earlier ones of its sender are decided. */
interface HeldMessage {
  readonly routed: RoutedMessage;
  readonly outbox: OutboxPort;
  /** undefined: nobody has been asked about it. */
  readonly wait: Wait | undefined;
  readonly settle: (outcome: Error | Position | undefined) => void;
}

/** Messages of one sender that are not committed yet. */
interface SenderQueue {
  /** Held messages, oldest first. */
  readonly waiting: HeldMessage[];
  /** Number of messages that are being added to histories. They were sent before those that wait. */
  adding: number;
  /** Whether the one that is being added also goes to receivers that keep nothing, who get it afterwards. */
  hasRest: boolean;
  /** Whether the decision about the first that waits is awaited. */
  isDeciding: boolean;
}

/** Commits a message that is no longer held, as it was decided. Returns an error when it is refused. */
type Conclude = (
  decision: Decision,
  routed: RoutedMessage,
  outbox: OutboxPort,
) => Promise<Position | undefined> | Error;

/** Largest number of held messages of one connection. For the server itself only the capacity of the outbox counts. */
const MAXIMUM_HELD_PER_SENDER = 100;

/**
 * The senders that have held messages. Everything that such a sender sends later is held, too, which keeps its order.
 * Messages to groups that keep them hold what follows until they are there, but not each other: a history has the order
 * in which they are added. One that also goes to receivers that keep nothing waits for all, and holds all.
 */
export class HeldSenders {
  readonly #codecs: readonly Codec[];
  readonly #delivery: Delivery;
  readonly #wallNow: () => number;
  readonly #refusal: (target: Target) => Error | undefined;
  readonly #isKept: (target: Target) => boolean;
  readonly #conclude: Conclude;
  readonly #unsent: (error: unknown, sender: Sender) => void;
  /** A sender without any has no entry. */
  readonly #queues = new Map<Sender, SenderQueue>();

  constructor(parts: {
    readonly codecs: readonly Codec[];
    readonly delivery: Delivery;
    /** Milliseconds since 1970. */
    readonly wallNow: () => number;
    /** Refuses a message that was sent while the other nodes could be reached, and cannot reach them now. */
    readonly refusal: (target: Target) => Error | undefined;
    /** Whether a message goes to histories, and to nobody else. */
    readonly isKept: (target: Target) => boolean;
    readonly conclude: Conclude;
    /** Called for each held message that was refused. */
    readonly unsent: (error: unknown, sender: Sender) => void;
  }) {
    this.#codecs = parts.codecs;
    this.#delivery = parts.delivery;
    this.#wallNow = parts.wallNow;
    this.#refusal = parts.refusal;
    this.#isKept = parts.isKept;
    this.#conclude = parts.conclude;
    this.#unsent = parts.unsent;
  }

  get size(): number {
    return this.#queues.size;
  }

  /** Whether a message has to wait for earlier ones of its sender. */
  holds({ sender, target }: RoutedMessage): boolean {
    const queue = this.#queues.get(sender);
    return queue !== undefined && (queue.waiting.length > 0 || this.#hasToWait(target, queue));
  }

  /**
   * Holds a message behind the held ones of its sender.
   *
   * @param wait Waits for the decision about it; undefined: that is still to be asked for. It need not be the first of
   *   its sender: a moderator that was asked about it may have sent another one, which is held already.
   * @returns a promise that resolves when the message is committed and rejects when it is refused; an error when it
   *   cannot be held.
   */
  hold(routed: RoutedMessage, outbox: OutboxPort, wait?: Wait): Committed | RefusedError {
    const { sender, target, method, args, message } = routed;
    const queue = this.#queues.get(sender) ?? newQueue();
    const { waiting } = queue;
    if (sender.connectionId !== undefined && waiting.length >= MAXIMUM_HELD_PER_SENDER) {
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
    const isFirst = waiting.length === 0;
    const sent = new Promise<Position | undefined>((resolve, reject) => {
      const settle = (outcome: Error | Position | undefined) =>
        outcome instanceof Error ? reject(outcome) : resolve(outcome);
      waiting.push({ routed, outbox, wait, settle });
    });
    sent.catch((error: unknown) => this.#unsent(error, sender));
    this.#queues.set(sender, queue);
    if (isFirst && wait !== undefined) this.#await(wait(), queue, sender);
    return sent;
  }

  /** A message is being added to a history: what its sender sends later waits, unless it goes to a history, too. */
  add({ sender, target }: RoutedMessage, adding: Promise<unknown>): void {
    const queue = this.#queues.get(sender) ?? newQueue();
    queue.adding += 1;
    queue.hasRest = !this.#isKept(target);
    this.#queues.set(sender, queue);
    const added = (): void => {
      queue.adding -= 1;
      if (queue.adding === 0 && !queue.isDeciding) this.#release(this.#nextDecision(queue, sender), queue, sender);
    };
    adding.then(added, added);
  }

  /** Whether a message has to wait for those of its sender that are being added to histories. */
  #hasToWait(target: Target, { adding, hasRest }: SenderQueue): boolean {
    return adding > 0 && (hasRest || !this.#isKept(target));
  }

  #await(decision: Promise<Decision>, queue: SenderQueue, sender: Sender): void {
    queue.isDeciding = true;
    const decided = (made: Decision): void => {
      queue.isDeciding = false;
      this.#release(made, queue, sender);
    };
    decision.then(decided, (error: unknown) => decided(asError(error)));
  }

  /**
   * Commits or refuses the oldest message, and then each following one whose decision is known at once.
   *
   * @param first undefined: no decision is known.
   */
  #release(first: Decision | undefined, queue: SenderQueue, sender: Sender): void {
    for (let decision = first; decision !== undefined; decision = this.#nextDecision(queue, sender)) {
      const decided = decision;
      const held = queue.waiting[0] as HeldMessage;
      // While its moderator was asked, messages of its sender have begun to be added to histories.
      if (!(decided instanceof Error) && this.#hasToWait(held.routed.target, queue)) {
        queue.waiting[0] = { ...held, wait: () => Promise.resolve(decided) };
        return;
      }
      queue.waiting.shift();
      this.#settle(held, decided);
    }
  }

  #settle({ routed, outbox, settle }: HeldMessage, decision: Decision): void {
    outbox.released();
    routed.message.stamp(this.#wallNow());
    const refused = decision instanceof Error ? undefined : this.#refusal(routed.target);
    if (refused !== undefined) outbox.refused('unshared');
    const concluded = refused ?? this.#conclude(decision, routed, outbox);
    if (concluded instanceof Error) settle(concluded);
    else concluded.then(settle, settle);
  }

  /**
   * The decision about the first message that waits. undefined: there is none, or it waits for others, or for the
   * decision.
   */
  #nextDecision(queue: SenderQueue, sender: Sender): Decision | undefined {
    const next = queue.waiting[0];
    if (next === undefined) {
      if (queue.adding === 0) this.#queues.delete(sender);
      return undefined;
    }
    if (this.#hasToWait(next.routed.target, queue)) return undefined;
    const decision = next.wait ?? next.outbox.decide(next.routed);
    if (typeof decision !== 'function') return decision;
    this.#await(decision(), queue, sender);
    return undefined;
  }
}

function newQueue(): SenderQueue {
  return { waiting: [], adding: 0, hasRest: false, isDeciding: false };
}
