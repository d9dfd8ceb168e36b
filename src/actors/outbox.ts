import type { ActorLogic, ActorRef, Snapshot } from 'xstate';
import { asError } from '../errors.ts';
import { Ledger, type LedgerFigures } from '../routing/ledger.ts';
import type { Decision, OutboxPort } from '../routing/outbox-port.ts';
import type { RateLimit } from '../routing/rate-limit.ts';
import type { Moderator, RoutedMessage } from '../routing/routed-message.ts';

/** How many messages one outbox may hold back. */
const MAXIMUM_HELD = 10_000;

type OutboxEvent =
  | { readonly type: 'message.held' }
  | { readonly type: 'message.released' }
  | { readonly type: 'xstate.stop' };
type OutboxSnapshot = Snapshot<undefined> & { readonly outbox: Outbox; toJSON(): unknown };

/**
 * One of the two ways out of a hub: it decides whether a message may go, holds it while that is not known, and keeps the
 * ledger. A message that nothing holds passes it in a plain function call; the actor hears only of those that wait.
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

  /** How many messages are held back. */
  get depth(): number {
    return this.#depth;
  }
  get isFull(): boolean {
    return this.#depth >= MAXIMUM_HELD;
  }

  /** The moderators in their order, then the rate limit: a refused message costs no token. */
  decide(routed: RoutedMessage): Decision | Promise<Decision> {
    for (let at = 0; at < this.#moderators.length; at++) {
      const opinion = this.#ask(at, routed);
      if (opinion instanceof Promise) return this.#decideLater(opinion, at, routed);
      if (opinion !== undefined) return opinion;
    }
    const turn = this.#rate?.take();
    return turn === undefined ? 'commit' : turn.then(() => 'commit' as const);
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

  /** What the inspector sees. */
  figures(): LedgerFigures & { readonly depth: number } {
    return { ...this.ledger.figures(), depth: this.#depth };
  }

  /** The actor that shows this outbox. */
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

  /** What is still held when the server stops is decided without anybody to show it to, and no later than its moderators say. */
  #stop(): void {
    this.#actor = undefined;
    this.#rate?.lift();
  }

  /** A moderator that throws refuses: it could not say that the message is fine. */
  #ask(at: number, routed: RoutedMessage): ReturnType<Moderator> {
    try {
      return (this.#moderators[at] as Moderator)(routed);
    } catch (error) {
      return asError(error);
    }
  }

  async #decideLater(first: Promise<undefined | Error>, from: number, routed: RoutedMessage): Promise<Decision> {
    const opinion = await first;
    if (opinion !== undefined) return opinion;
    for (let at = from + 1; at < this.#moderators.length; at++) {
      const next = await this.#ask(at, routed);
      if (next !== undefined) return next;
    }
    await this.#rate?.take();
    return 'commit';
  }
}
