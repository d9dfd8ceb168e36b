import type { Target } from '../hub/target.ts';
import { unawaited } from '../promises.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { ServerMessage } from '../protocol/messages.ts';
import type { Position } from '../protocol/position.ts';
import type { CommitObserver } from './commit-observer.ts';
import type { Connections } from './connections.ts';
import type { Flusher } from './flusher.ts';
import type { Histories } from './histories.ts';
import { type KeptSend, KeptSends } from './kept-sends.ts';
import type { OutboxPort } from './outbox-port.ts';
import type { RoutedMessage } from './routed-message.ts';

/** What `send` resolves with: the position of a message to one group that keeps it. */
export type Committed = Promise<Position | undefined>;

export interface CommitsParts {
  /** In this order: what other nodes get is in the lanes of this node before. */
  readonly observers: readonly CommitObserver[];
  /** undefined: no group of the hub keeps its messages. */
  readonly histories: Histories | undefined;
  readonly connections: Connections;
  readonly flusher: Flusher;
  /** A message is being added to a history, and what its sender sends later may have to wait. */
  adding(routed: RoutedMessage, added: Promise<unknown>): void;
}

const COMMITTED = Promise.resolve(undefined);
const NOTHING_KEPT = 'A messageId is for messages to groups that keep them: the hub has no history.';

/** Commits the messages of one hub: their receivers are the members of that moment. */
export class Commits {
  readonly #parts: CommitsParts;
  readonly #kept: KeptSends | undefined;

  constructor(parts: CommitsParts) {
    this.#parts = parts;
    this.#kept = parts.histories && new KeptSends(parts.histories);
  }

  /** Whether a message waits for the backplane, and needs a place of its outbox meanwhile. */
  waits(target: Target): boolean {
    return this.#kept?.areShared === true && this.#kept.has(target);
  }

  /** Whether a message goes to histories, and to nobody else: it has its order there. */
  isKept(target: Target): boolean {
    return this.#kept?.hasAll(target) === true;
  }

  /** @throws {TypeError} when the id of a message means nothing for these receivers. */
  checkKept(target: Target): void {
    const fault = this.#kept === undefined ? NOTHING_KEPT : this.#kept.faultOf(target);
    if (fault !== undefined) throw new TypeError(fault);
  }

  /** Encodes a message for the histories of its groups. @throws {SerializationError} */
  encode(target: Target, message: EncodedMessage, invocation: ServerMessage): void {
    if (this.#kept?.has(target) === true) message.encode(invocation, this.#kept.codecs);
  }

  /** Commits a message. It never throws. */
  commit(routed: RoutedMessage, outbox: OutboxPort): Committed {
    if (this.#kept?.has(routed.target) === true) return this.#keep(this.#kept, routed, outbox);
    const slices = this.#observe(routed);
    outbox.committed();
    return this.#relief(routed, slices);
  }

  /** Adds a message to the histories of its groups. It is committed when it stands there. */
  #keep(kept: KeptSends, routed: RoutedMessage, outbox: OutboxPort): Committed {
    const sent = kept.send(routed);
    if (!(sent instanceof Promise)) return this.#added(sent, outbox);
    // It waits for the backplane.
    outbox.held();
    const added = sent.then(
      (one) => {
        outbox.released();
        return this.#added(one, outbox);
      },
      (error: unknown) => {
        outbox.released();
        outbox.refused('unshared');
        throw error;
      },
    );
    this.#parts.adding(routed, added);
    return unawaited(added);
  }

  /** The groups have the message: those that keep nothing get it now. */
  #added({ isDuplicate, position, rest, slices }: KeptSend, outbox: OutboxPort): Committed {
    const most = rest === undefined ? slices : Math.max(slices, this.#observe(rest));
    if (isDuplicate) outbox.refused('duplicate');
    else outbox.committed();
    const written = this.#parts.flusher.rounds.relief(most);
    return written === undefined ? Promise.resolve(position) : written.then(() => position);
  }

  /** Shows a message to all observers. @returns as `CommitObserver.committed`. */
  #observe(routed: RoutedMessage): number {
    let slices = 0;
    for (const observer of this.#parts.observers) slices = Math.max(slices, observer.committed(routed));
    return slices;
  }

  /**
   * Resolves when the sender may go on. A sender to its own connection waits while that client reads too slowly. All
   * others wait for the flusher only, when it has not yet written what they sent before.
   */
  #relief({ sender, target }: RoutedMessage, slices: number): Committed {
    const { connections, flusher } = this.#parts;
    const written = withoutPosition(flusher.rounds.relief(slices));
    if (target.to !== 'connections' || target.ids.length !== 1 || target.ids[0] !== sender.connectionId) return written;
    const lane = connections.get(sender.connectionId as string)?.lane;
    return lane?.isBusy === true ? withoutPosition(lane.relief()) : COMMITTED;
  }
}

/** The outcome of a message that no group keeps. @param written undefined: there is nothing to wait for. */
function withoutPosition(written: Promise<void> | undefined): Committed {
  return written === undefined ? COMMITTED : (written as Promise<unknown> as Committed);
}
