import type { ActorLogic, ActorRef, Snapshot } from 'xstate';
import { asError, type RefusedError } from '../errors.ts';
import type { HeldPlaces } from '../routing/held-places.ts';
import { Ledger, type LedgerFigures } from '../routing/ledger.ts';
import type { Deliberation, Moderation } from '../routing/moderation.ts';
import type { Decision, OutboxPort, RefusalReason, Replaced, Wait } from '../routing/outbox-port.ts';
import type { RateLimit } from '../routing/rate-limit.ts';
import type { RoutedMessage } from '../routing/routed-message.ts';

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
  readonly #moderation: Moderation | undefined;
  readonly #rate: RateLimit | undefined;
  #actor: ActorRef<OutboxSnapshot, OutboxEvent> | undefined;

  /** @param moderation undefined: nobody moderates. */
  constructor(places: HeldPlaces, moderation?: Moderation, rate?: RateLimit) {
    this.#places = places;
    this.#moderation = moderation;
    this.#rate = rate;
  }

  /** Number of held messages. */
  get depth(): number {
    return this.#places.taken;
  }
  get isFull(): boolean {
    return this.#places.areTaken;
  }

  get isModerated(): boolean {
    return this.#moderation !== undefined;
  }

  /** Asks the moderators, then the rate limit: a refused message costs no token. */
  decide(routed: RoutedMessage): Decision | Wait {
    const judgement = this.#moderation?.judge(routed);
    if (typeof judgement === 'function') return this.#judged(judgement);
    if (judgement instanceof Error) return judgement;
    return this.#rate === undefined || this.#rate.take() ? (judgement ?? 'commit') : tokenOf(this.#rate, judgement);
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
  unwritable(error: unknown, { method }: RoutedMessage): Error {
    return this.#moderation?.failed(error, method) ?? asError(error);
  }
  held(): void {
    this.#places.take();
    this.#actor?.send({ type: 'message.held' });
  }
  released(): void {
    this.#places.free();
    this.#actor?.send({ type: 'message.released' });
  }

  /** Lets everything pass that its rate holds back, now and later. @returns whether it holds something back. */
  liftRate(): boolean {
    return this.#rate?.lift() === true;
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

  /** No message waits for a server that has stopped, and the actor gets no more events. */
  #stop(): void {
    this.#actor = undefined;
    this.#moderation?.close();
    this.#rate?.lift();
  }

  /** Made outside of `decide`: a function that made others would cost something for each message, held or not. */
  #judged(deliberation: Deliberation): Wait {
    return async () => {
      const judgement = await deliberation();
      if (judgement instanceof Error) return judgement;
      if (this.#rate?.take() === false) await this.#rate.next();
      return judgement ?? 'commit';
    };
  }
}

function tokenOf(rate: RateLimit, replaced: Replaced | undefined): Wait {
  return () => rate.next().then(() => replaced ?? 'commit');
}
