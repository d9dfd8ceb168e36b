import { DisconnectedError } from '../errors.ts';
import type { CheckedQuery, FoundConnections } from '../hub/found-connections.ts';
import type { GroupHistory } from '../hub/history.ts';
import type { AbortOptions, InvokeOptions, KeepOptions, MessageOptions, Routing, Sender } from '../hub/routing.ts';
import { type Target, toConnections } from '../hub/target.ts';
import { unawaited } from '../promises.ts';
import type { Codec } from '../protocol/codec.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { MessageType } from '../protocol/messages.ts';
import type { ClientResults } from './client-results.ts';
import { Commits, type Committed } from './commits.ts';
import type { Connections } from './connections.ts';
import type { Delivery } from './delivery.ts';
import { EveryNode } from './every-node.ts';
import type { Flusher } from './flusher.ts';
import { Forwarding } from './forwarding.ts';
import { HeldSenders } from './held-senders.ts';
import type { Histories } from './histories.ts';
import type { OtherNodes } from './other-nodes.ts';
import type { Decision, OutboxPort, RefusalReason, Wait } from './outbox-port.ts';
import type { PendingInvocation } from './pending-invocation.ts';
import type { RoutedMessage } from './routed-message.ts';
import type { ThisNode } from './this-node.ts';

/** The routing of one hub: serialises, chooses the outbox, keeps each sender's order, and commits. */
export class Router implements Routing {
  readonly #codecs: readonly Codec[];
  readonly #connections: Connections;
  readonly #delivery: Delivery;
  readonly #otherNodes: OtherNodes;
  readonly #everyNode: EveryNode;
  readonly #commits: Commits;
  readonly #clientResults: ClientResults;
  readonly #broadcast: OutboxPort;
  readonly #whisper: OutboxPort;
  readonly #unsent: (error: unknown, sender: Sender) => void;
  readonly #isReserved: ((method: string) => boolean) | undefined;
  readonly #held: HeldSenders;
  readonly #histories: Histories | undefined;

  constructor(parts: {
    readonly codecs: readonly Codec[];
    readonly connections: Connections;
    readonly thisNode: ThisNode;
    readonly delivery: Delivery;
    readonly otherNodes: OtherNodes;
    /** undefined: no group of the hub keeps its messages. */
    readonly histories: Histories | undefined;
    readonly clientResults: ClientResults;
    readonly flusher: Flusher;
    readonly broadcast: OutboxPort;
    readonly whisper: OutboxPort;
    /** Whether a name cannot be a method of clients. Absent: every name can. */
    readonly isReserved?: ((method: string) => boolean) | undefined;
    /** Milliseconds since 1970. */
    readonly wallNow: () => number;
    /** Called for each message that was not sent, since its promise may not be awaited. */
    readonly unsent: (error: unknown, sender: Sender) => void;
  }) {
    this.#codecs = parts.codecs;
    this.#connections = parts.connections;
    this.#delivery = parts.delivery;
    this.#otherNodes = parts.otherNodes;
    this.#everyNode = new EveryNode(parts.connections, parts.delivery, parts.thisNode, parts.otherNodes);
    this.#commits = new Commits({
      ...parts,
      observers: [parts.delivery, new Forwarding(parts.delivery, parts.otherNodes)],
      adding: (...adding) => this.#held.add(...adding),
    });
    this.#clientResults = parts.clientResults;
    this.#broadcast = parts.broadcast;
    this.#whisper = parts.whisper;
    this.#unsent = parts.unsent;
    this.#isReserved = parts.isReserved;
    this.#histories = parts.histories;
    this.#held = new HeldSenders({
      ...parts,
      refusal: (target) => this.#refusalOfOthers(target),
      isKept: (target) => this.#commits.isKept(target),
      conclude: (...decided) => this.#conclude(...decided),
    });
  }

  /** Number of senders that have held messages. */
  get senders(): number {
    return this.#held.size;
  }

  send(sender: Sender, target: Target, method: string, args: readonly unknown[], options: MessageOptions): Committed {
    try {
      this.#checkName(method);
      const { messageId } = options;
      if (messageId !== undefined) this.#commits.checkKept(target);
      const invocation = { type: MessageType.Invocation, target: method, arguments: args } as const;
      const outbox = this.#outboxOf(target);
      // A moderator may hold the message, and must not change it by changing values: it is encoded for all before.
      const codecs = outbox.isModerated
        ? this.#delivery.codecsLater(target, this.#codecs)
        : this.#delivery.codecsNow(target, this.#codecs);
      const message = EncodedMessage.broadcast(invocation, codecs, options, sender.connectionId);
      this.#commits.encode(target, message, invocation);
      return this.#offer({ sender, target, method, args, message, messageId, invocationId: undefined }, outbox);
    } catch (error) {
      return this.#reject(error, sender);
    }
  }

  /** The invocation is routed as every other message: moderators see it, and it keeps the sender's order. */
  invoke(
    sender: Sender,
    connectionId: string,
    method: string,
    args: readonly unknown[],
    options: InvokeOptions & KeepOptions,
  ): Promise<unknown> {
    try {
      this.#checkName(method);
      const target = toConnections([connectionId]);
      const { messageId } = options;
      if (messageId !== undefined) this.#commits.checkKept(target);
      const pending = this.#begin(connectionId, options);
      const { id } = pending;
      try {
        const invocation = { type: MessageType.Invocation, invocationId: id, target: method, arguments: args };
        const message = EncodedMessage.invocation(invocation, this.#delivery.codecsLater(target, this.#codecs));
        const sent = this.#offer({ sender, target, method, args, message, messageId, invocationId: id }, this.#whisper);
        sent.catch((error: unknown) => pending.fail(error));
      } catch (error) {
        pending.fail(error);
      }
      return pending.result;
    } catch (error) {
      return unawaited(Promise.reject(error));
    }
  }

  abort(target: Target, options: AbortOptions): Promise<void> {
    return this.#everyNode.abort(target, options);
  }
  join(connectionId: string, group: string): Promise<void> {
    return this.#everyNode.join(connectionId, group);
  }
  leave(connectionId: string, group: string): Promise<void> {
    return this.#everyNode.leave(connectionId, group);
  }
  members(group: string): Promise<readonly string[]> {
    return this.#everyNode.members(group);
  }
  count(group: string): Promise<number> {
    return this.#everyNode.count(group);
  }
  connections(): Promise<number> {
    return this.#everyNode.connections();
  }
  find(query: CheckedQuery): Promise<FoundConnections> {
    return this.#everyNode.find(query);
  }

  history(group: string): GroupHistory | undefined {
    return this.#histories?.of(group);
  }

  #checkName(method: string): void {
    if (this.#isReserved?.(method) === true) throw new TypeError(errorTexts.reservedTarget(method));
  }

  #begin(connectionId: string, options: InvokeOptions): PendingInvocation {
    const recipient = this.#connections.get(connectionId);
    if (recipient === undefined) return this.#otherNodes.begin(connectionId, options);
    if (!recipient.lane.isOpen) throw new DisconnectedError(errorTexts.connectionDisconnected(connectionId));
    return this.#clientResults.begin(recipient, options);
  }

  #offer(routed: RoutedMessage, outbox: OutboxPort): Committed {
    const alone = this.#refusalOfOthers(routed.target);
    if (alone !== undefined) return this.#refuse(alone, 'unshared', routed, outbox);
    const early = routed.sender.rates?.refuseMessage(outbox === this.#whisper ? 'whisper' : 'broadcast');
    if (early !== undefined) return this.#refuse(early, 'rate', routed, outbox);
    if (this.#held.holds(routed)) return this.#hold(routed, outbox);
    if (outbox.isFull && this.#commits.waits(routed.target)) return this.#reject(outbox.overflowed(), routed.sender);
    const decision = outbox.decide(routed);
    if (typeof decision === 'function') return this.#hold(routed, outbox, decision);
    // A moderator may have sent a message of this sender meanwhile.
    if (outbox.isModerated && this.#held.holds(routed))
      return this.#hold(routed, outbox, () => Promise.resolve(decision));
    outbox.accepted();
    const concluded = this.#conclude(decision, routed, outbox);
    return concluded instanceof Error ? this.#reject(concluded, routed.sender) : concluded;
  }

  /** Commits the message as its outbox has decided. @returns an error when it is refused. */
  #conclude(decision: Decision, routed: RoutedMessage, outbox: OutboxPort): Committed | Error {
    if (decision === 'commit') return this.#commits.commit(routed, outbox);
    const final = decision instanceof Error ? decision : this.#withArgs(decision.args, routed, outbox);
    if (!(final instanceof Error)) return this.#commits.commit(final, outbox);
    outbox.refused('moderated');
    return final;
  }

  /** The message with other arguments, encoded for those who receive it now. */
  #withArgs(args: readonly unknown[], routed: RoutedMessage, outbox: OutboxPort): RoutedMessage | Error {
    const { target, method, invocationId } = routed;
    const invocation = {
      type: MessageType.Invocation,
      target: method,
      arguments: args,
      ...(invocationId === undefined ? {} : { invocationId }),
    } as const;
    try {
      // The client of an invocation may be on another node, and speak a protocol that nobody speaks here.
      const codecs =
        invocationId === undefined
          ? this.#delivery.codecsNow(target, this.#codecs)
          : this.#delivery.codecsLater(target, this.#codecs);
      const message = routed.message.again(invocation, codecs);
      this.#commits.encode(target, message, invocation);
      return { ...routed, args, message };
    } catch (error) {
      return outbox.unwritable(error, routed);
    }
  }

  #hold(routed: RoutedMessage, outbox: OutboxPort, wait?: Wait): Committed {
    const held = this.#held.hold(routed, outbox, wait);
    return held instanceof Error ? this.#reject(held, routed.sender) : held;
  }

  /** Broadcast: all, others, groups. Whisper: one connection, a user, or a list of them. */
  #outboxOf({ to }: Target): OutboxPort {
    return to === 'all' || to === 'groups' ? this.#broadcast : this.#whisper;
  }

  #refusalOfOthers(target: Target): Error | undefined {
    if (!this.#otherNodes.mayRefuse) return undefined;
    const elsewhere = this.#delivery.elsewhere(target);
    return elsewhere && this.#otherNodes.refusal(elsewhere);
  }

  #refuse(error: Error, reason: RefusalReason, { sender }: RoutedMessage, outbox: OutboxPort): Promise<never> {
    outbox.accepted();
    outbox.refused(reason);
    return this.#reject(error, sender);
  }

  #reject(error: unknown, sender: Sender): Promise<never> {
    this.#unsent(error, sender);
    return unawaited(Promise.reject(error));
  }
}
