import { HubError, isA, loggable, RefusedError } from '../errors.ts';
import type { Moderated, Moderator, Verdict } from '../hub/moderator.ts';
import type { OutboxName } from '../hub/outbox-options.ts';
import type { LimitedLog } from '../log-limit.ts';
import { isPromiseLike, promiseOf } from '../promises.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { kindOf } from '../value-texts.ts';
import type { Moderating, ModerationDeadlines } from './moderation-deadlines.ts';
import type { Replaced } from './outbox-port.ts';
import type { RoutedMessage } from './routed-message.ts';

/** The word of one moderator, or of all: undefined lets the message pass. */
export type Judgement = undefined | Replaced | Error;
/** Waits for the judgement. It is called once the message is held. */
export type Deliberation = () => Promise<Judgement>;

/** The moderators of one outbox. Each sees the arguments as those before have left them. */
export class Moderation {
  readonly #outbox: OutboxName;
  readonly #path: string;
  readonly #moderators: readonly Moderator[];
  readonly #limitMs: number;
  readonly #deadlines: ModerationDeadlines;
  readonly #log: LimitedLog;

  constructor(parts: {
    readonly outbox: OutboxName;
    /** Path of the hub. */
    readonly path: string;
    readonly moderators: readonly Moderator[];
    /** Milliseconds for all moderators of one message together; 0: no limit. */
    readonly limitMs: number;
    readonly deadlines: ModerationDeadlines;
    readonly log: LimitedLog;
  }) {
    this.#outbox = parts.outbox;
    this.#path = parts.path;
    this.#moderators = parts.moderators;
    this.#limitMs = parts.limitMs;
    this.#deadlines = parts.deadlines;
    this.#log = parts.log;
  }

  /** Asks the moderators in their order, as long as they answer at once. */
  judge({ method, args, sender: { connectionId, user }, target }: RoutedMessage): Judgement | Deliberation {
    const sender = Object.freeze({ connectionId, user });
    let asked: Moderated = { method, args: Object.freeze([...args]), sender, to: this.#outbox, target };
    let replaced: Replaced | undefined;
    for (let at = 0; at < this.#moderators.length; at++) {
      const word = this.#ask(at, asked);
      if (word === undefined) continue;
      if (word instanceof Promise) return this.#deliberation(word, at, asked, replaced);
      if (word instanceof Error) return word;
      replaced = word;
      asked = { ...asked, args: word.args };
    }
    return replaced;
  }

  /**
   * Logs that a moderator has failed. Its own text stays on the server.
   *
   * @returns the error for the sender of the message.
   */
  failed(error: unknown, method: string): HubError {
    this.#log.error({ error: loggable(error), method, outbox: this.#outbox }, 'a moderator failed');
    return new HubError(errorTexts.moderatorFailed, { cause: error });
  }

  /** The server has closed: refuses the messages that still wait. */
  close(): void {
    this.#deadlines.close(new RefusedError(`The server has closed before the moderators of ${this.#path} answered.`));
  }

  /** Made outside of `judge`, which then makes no function for a message that need not wait. */
  #deliberation(first: Promise<Judgement>, at: number, asked: Moderated, replaced: Replaced | undefined): Deliberation {
    return () =>
      this.#deadlines.limit(
        (moderating) => this.#judgeLater(moderating, first, at, asked, replaced),
        () => this.#late(asked),
      );
  }

  async #judgeLater(
    moderating: Moderating,
    first: Promise<Judgement>,
    from: number,
    asked: Moderated,
    before: Replaced | undefined,
  ): Promise<Judgement> {
    let replaced = before;
    let word = await first;
    for (let at = from + 1; ; at++) {
      if (word instanceof Error) return word;
      replaced = word ?? replaced;
      if (at === this.#moderators.length || moderating.isOver) return replaced;
      word = await this.#ask(at, replaced === undefined ? asked : { ...asked, args: replaced.args });
    }
  }

  /** Never throws, and its promise never rejects: a moderator that fails has not said that the message may pass. */
  #ask(at: number, asked: Moderated): Judgement | Promise<Judgement> {
    const fails = (error: unknown): Error =>
      isA(HubError, error) ? (error as HubError) : this.failed(error, asked.method);
    try {
      const verdict: unknown = (this.#moderators[at] as Moderator)(asked);
      if (verdict === undefined) return undefined;
      return isPromiseLike(verdict) ? promiseOf(verdict).then(readVerdict).catch(fails) : readVerdict(verdict);
    } catch (error) {
      return fails(error);
    }
  }

  #late({ method, sender: { connectionId } }: Moderated): RefusedError {
    const limitMs = this.#limitMs;
    this.#log.refused('moderation-late')?.({ method, outbox: this.#outbox, limitMs, connectionId });
    return new RefusedError(
      `The moderators of ${this.#path} did not answer within ${limitMs} ms (moderationTimeoutMs).`,
    );
  }
}

/** @throws {TypeError} when it is none. */
function readVerdict(verdict: unknown): Judgement {
  if (verdict === undefined) return undefined;
  if (isA(HubError, verdict)) return verdict as HubError;
  const args: unknown = (verdict as Partial<Exclude<Verdict, undefined | HubError>> | null)?.args;
  // Copied: the list may change until the message is committed.
  if (Array.isArray(args)) return { args: Object.freeze([...args]) };
  const given = typeof verdict === 'object' && verdict !== null && !(verdict instanceof Error);
  const what = given && 'args' in verdict ? `args that are ${kindOf(args)}` : kindOf(verdict);
  throw new TypeError(`A moderator must return undefined, { args: [...] } or a HubError, but it returned ${what}.`);
}
