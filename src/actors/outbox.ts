import type { ActorLogic, ActorRef, Snapshot } from 'xstate';
import { asError, type RefusedError } from '../errors.ts';
import { unawaited } from '../promises.ts';
import type { HeldPlaces } from '../routing/held-places.ts';
import { Ledger, type LedgerFigures } from '../routing/ledger.ts';
import type { Decision, OutboxPort, RefusalReason, Wait } from '../routing/outbox-port.ts';
import type { RateLimit } from '../routing/rate-limit.ts';
import type { Moderator, RoutedMessage } from '../routing/routed-message.ts';

type OutboxEvent =
  | { readonly type: 'message.held' }
  | { readonly type: 'message.released' }
  | { readonly type: 'outbox.filled' }
  | { readonly type: 'xstate.stop' };
type OutboxSnapshot = Snapshot<undefined> & { readonly outbox: Outbox; toJSON(): unknown };

/**
 * One of the two outboxes of a hub, broadcast and whisper. It decides about messages and keeps the ledger. A message
 * that is not held passes in a plain function call; the actor gets events for held messages, and one when it is full.
 */
export class Outbox implements OutboxPort {
  readonly ledger = new Ledger();
  readonly #places: HeldPlaces;
  readonly #moderators: readonly Moderator[];
  readonly #rate: RateLimit | undefined;
  #actor: ActorRef<OutboxSnapshot, OutboxEvent> | undefined;

  constructor(places: HeldPlaces, moderators: readonly Moderator[] = [], rate?: RateLimit) {
    this.#places = places;
    this.#moderators = moderators;
    this.#rate = rate;
  }

  /** Number of held messages. */
  get depth(): number {
    return this.#places.taken;
  }
  get isFull(): boolean {
    return this.#places.areTaken;
  }

  /** Asks the moderators in their order, then the rate limit: a refused message costs no token. */
  decide(routed: RoutedMessage): Decision | Wait {
    for (let at = 0; at < this.#moderators.length; at++) {
      const verdict = this.#moderate(at, routed);
      if (verdict instanceof Promise) return this.#verdictOf(verdict, at, routed);
      if (verdict !== undefined) return verdict;
    }
    return this.#rate === undefined || this.#rate.take() ? 'commit' : tokenOf(this.#rate);
  }

  accepted(): void {
    this.ledger.accept();
  }
  committed(): void {
    this.ledger.deliver(1);
  }
  refused(reason: RefusalReason): void {
    this.ledger.drop(reason, 1);
  }
  overflowed(): RefusedError {
    this.accepted();
    this.refused('full');
    // One event for all refusals until there is room again: a sender can cause any number of them.
    if (this.#places.refuse()) this.#actor?.send({ type: 'outbox.filled' });
    return this.#places.error;
  }
  held(): void {
    this.#places.take();
    this.#actor?.send({ type: 'message.held' });
  }
  released(): void {
    this.#places.free();
    this.#actor?.send({ type: 'message.released' });
  }

  /** Figures for the inspector. */
  figures(): LedgerFigures & { readonly depth: number } {
    return { ...this.ledger.figures(), depth: this.depth };
  }

  /** Logic of the actor that shows this outbox to the inspector. */
  get logic(): ActorLogic<OutboxSnapshot, OutboxEvent> {
    return {
      getInitialSnapshot: (scope) => {
        this.#actor = scope.self;
        const toJSON = () => ({ status: 'active', ...this.figures() });
        return { status: 'active', output: undefined, error: undefined, outbox: this, toJSON };
      },
      transition: (snapshot, event) => {
        if (event.type === 'xstate.stop') this.#stop();
        return snapshot;
      },
      getPersistedSnapshot: (snapshot) => snapshot,
    };
  }

  /**
   * Messages that are still held when the server stops wait for their moderators only, and the actor gets no more
   * events.
   */
  #stop(): void {
    this.#actor = undefined;
    this.#rate?.lift();
  }

  /** A moderator that throws refuses the message: it has not said that the message may pass. */
  #moderate(at: number, routed: RoutedMessage): ReturnType<Moderator> {
    try {
      return (this.#moderators[at] as Moderator)(routed);
    } catch (error) {
      return asError(error);
    }
  }

  /** Made outside of `decide`: a function that made others would cost something for each message, held or not. */
  #verdictOf(verdict: Promise<undefined | Error>, at: number, routed: RoutedMessage): Wait {
    // Nobody awaits it when the message cannot be held.
    unawaited(verdict);
    return () => this.#decideLater(verdict, at, routed);
  }

  async #decideLater(first: Promise<undefined | Error>, from: number, routed: RoutedMessage): Promise<Decision> {
    const verdict = await first;
    if (verdict !== undefined) return verdict;
    for (let at = from + 1; at < this.#moderators.length; at++) {
      const next = await this.#moderate(at, routed);
      if (next !== undefined) return next;
    }
    if (this.#rate?.take() === false) await this.#rate.next();
    return 'commit';
  }
}

function tokenOf(rate: RateLimit): Wait {
  return () => rate.next().then(() => 'commit' as const);
}
