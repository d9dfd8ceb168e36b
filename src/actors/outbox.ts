import type { ActorLogic, ActorRef, Snapshot } from 'xstate';
import { asError } from '../errors.ts';
import { Ledger, type LedgerFigures } from '../routing/ledger.ts';
import type { Decision, OutboxPort } from '../routing/outbox-port.ts';
import type { RateLimit } from '../routing/rate-limit.ts';
import type { Moderator, RoutedMessage } from '../routing/routed-message.ts';

/** Largest number of held messages of one outbox. */
const MAXIMUM_HELD = 10_000;

type OutboxEvent =
  | { readonly type: 'message.held' }
  | { readonly type: 'message.released' }
  | { readonly type: 'xstate.stop' };
type OutboxSnapshot = Snapshot<undefined> & { readonly outbox: Outbox; toJSON(): unknown };

/**
 * One of the two outboxes of a hub, broadcast and whisper. It decides about messages and keeps the ledger. A message
 * that is not held passes in a plain function call; the actor gets events for held messages only.
 */
export class Outbox implements OutboxPort {
  readonly ledger = new Ledger();
  readonly #moderators: readonly Moderator[];
  readonly #rate: RateLimit | undefined;
  #actor: ActorRef<OutboxSnapshot, OutboxEvent> | undefined;
  #depth = 0;

  constructor(moderators: readonly Moderator[] = [], rate?: RateLimit) {
    this.#moderators = moderators;
    this.#rate = rate;
  }

  /** Number of held messages. */
  get depth(): number {
    return this.#depth;
  }
  get isFull(): boolean {
    return this.#depth >= MAXIMUM_HELD;
  }

  /** Asks the moderators in their order, then the rate limit: a refused message costs no token. */
  decide(routed: RoutedMessage): Decision | Promise<Decision> {
    for (let at = 0; at < this.#moderators.length; at++) {
      const verdict = this.#moderate(at, routed);
      if (verdict instanceof Promise) return this.#decideLater(verdict, at, routed);
      if (verdict !== undefined) return verdict;
    }
    const token = this.#rate?.take();
    return token === undefined ? 'commit' : token.then(() => 'commit' as const);
  }

  accepted(): void {
    this.ledger.accept();
  }
  committed(): void {
    this.ledger.deliver(1);
  }
  refused(_error: Error): void {
    this.ledger.drop('moderated', 1);
  }
  held(): void {
    this.#depth += 1;
    this.#actor?.send({ type: 'message.held' });
  }
  released(): void {
    this.#depth -= 1;
    this.#actor?.send({ type: 'message.released' });
  }

  /** Figures for the inspector. */
  figures(): LedgerFigures & { readonly depth: number } {
    return { ...this.ledger.figures(), depth: this.#depth };
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

  async #decideLater(first: Promise<undefined | Error>, from: number, routed: RoutedMessage): Promise<Decision> {
    const verdict = await first;
    if (verdict !== undefined) return verdict;
    for (let at = from + 1; at < this.#moderators.length; at++) {
      const next = await this.#moderate(at, routed);
      if (next !== undefined) return next;
    }
    await this.#rate?.take();
    return 'commit';
  }
}
