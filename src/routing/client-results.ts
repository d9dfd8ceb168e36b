import type { Alarm, Alarms } from '../clock.ts';
import { DisconnectedError, HubError, ProtocolError, RefusedError } from '../errors.ts';
import type { InvokeOptions } from '../hub/routing.ts';
import { type Deferred, defer, unawaited } from '../promises.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { CompletionMessage } from '../protocol/messages.ts';
import { onAbort } from './abort-listeners.ts';
import type { Recipient } from './connections.ts';

/** How many questions may wait for one client's answers. */
export const MAXIMUM_PENDING_INVOCATIONS = 100;
/** Beyond it a timer of Node's overflows. */
const LONGEST_MS = 2 ** 31 - 1;

/** What one client has been asked and has not answered. */
export interface Question {
  /**
   * No other question of the hub has it, now or later, so that a late answer meets none; and nothing of it tells a client
   * how often others are asked. It begins with a letter, which the ids that official clients make do not: they never meet.
   */
  readonly id: string;
  readonly answer: Promise<unknown>;
  /** It was not sent. */
  fail(error: unknown): void;
}

/**
 * The questions of one hub to its clients (SignalR's client results): who was asked, and who waits for the answer. Only the
 * connection that was asked can answer.
 */
export class ClientResults {
  readonly #alarms: Alarms;
  readonly #questions = new Map<string, PendingQuestion>();
  /** Those who have been asked anything, until they leave. */
  readonly #asked = new Map<Recipient, Asked>();

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
  }

  /** How many questions wait. */
  get size(): number {
    return this.#questions.size;
  }
  /** How many connections have been asked. */
  get clients(): number {
    return this.#asked.size;
  }

  /**
   * @throws {RefusedError} when too many questions wait for this client, {TypeError} when an option is none, {HubError} when
   *   the signal has fired already.
   */
  ask(recipient: Recipient, { timeoutMs = 0, signal }: InvokeOptions): Question {
    if (!(Number.isInteger(timeoutMs) && timeoutMs >= 0 && timeoutMs <= LONGEST_MS)) {
      throw new TypeError(`timeoutMs must be a whole number from 0 to ${LONGEST_MS}, but it is ${String(timeoutMs)}.`);
    }
    if (signal !== undefined && typeof signal.addEventListener !== 'function') {
      throw new TypeError('signal must be an AbortSignal.');
    }
    if (signal?.aborted === true) throw new HubError(errorTexts.invocationCanceled, { cause: signal.reason });
    const asked = this.#asked.get(recipient) ?? { waiting: new Set(), count: 0 };
    if (asked.waiting.size >= MAXIMUM_PENDING_INVOCATIONS) {
      throw new RefusedError(`${MAXIMUM_PENDING_INVOCATIONS} questions wait for an answer of this client already.`);
    }
    asked.count += 1;
    const id = idOf(asked.count, recipient);
    const question = new PendingQuestion(id, recipient, (settled) => this.#forget(settled));
    asked.waiting.add(question);
    this.#asked.set(recipient, asked);
    this.#questions.set(id, question);
    if (timeoutMs > 0) question.limit(this.#alarms, timeoutMs);
    if (signal !== undefined) question.heed(signal);
    return question;
  }

  /**
   * @returns false when nobody waits for it (any more).
   * @throws {ProtocolError} when another connection was asked.
   */
  answer(from: Recipient, completion: CompletionMessage): boolean {
    const question = this.#questions.get(completion.invocationId);
    if (question === undefined) return false;
    if (question.recipient !== from) {
      throw new ProtocolError(
        errorTexts.wrongConnectionForInvocation(from.connectionId, completion.invocationId),
        'It answered what another connection was asked.',
      );
    }
    if (completion.error !== undefined) question.fail(new HubError(completion.error));
    else if (completion.unbindable) question.fail(new HubError(errorTexts.unreadable('The result')));
    else question.succeed(completion.result);
    return true;
  }

  /** Whether this client has been asked a question of that id, however long ago. */
  wasAsked(recipient: Recipient, id: string): boolean {
    const asked = this.#asked.get(recipient);
    const number = /^s([1-9]\d{0,14})-/.exec(id)?.[1];
    return asked !== undefined && Number(number) <= asked.count && id === idOf(Number(number), recipient);
  }

  /** A connection will answer nothing any more. */
  left(recipient: Recipient): void {
    const asked = this.#asked.get(recipient);
    if (asked === undefined) return;
    this.#asked.delete(recipient);
    for (const question of asked.waiting) {
      question.fail(new DisconnectedError(errorTexts.connectionDisconnected(recipient.connectionId)));
    }
  }

  #forget(question: PendingQuestion): void {
    this.#questions.delete(question.id);
    this.#asked.get(question.recipient)?.waiting.delete(question);
  }
}

function idOf(number: number, { connectionId }: Recipient): string {
  return `s${number}-${connectionId}`;
}

/** What is known of one who has been asked. */
interface Asked {
  readonly waiting: Set<PendingQuestion>;
  /** How often, in all. */
  count: number;
}

class PendingQuestion implements Question {
  readonly id: string;
  readonly recipient: Recipient;
  readonly answer: Promise<unknown>;
  readonly #settled: Deferred<unknown>;
  readonly #forget: (question: PendingQuestion) => void;
  #alarm: Alarm | undefined;
  #signal: AbortSignal | undefined;
  #ignore: (() => void) | undefined;

  constructor(id: string, recipient: Recipient, forget: (question: PendingQuestion) => void) {
    this.id = id;
    this.recipient = recipient;
    this.#forget = forget;
    this.#settled = defer();
    this.answer = unawaited(this.#settled.promise);
  }

  limit(alarms: Alarms, ms: number): void {
    this.#alarm = alarms.alarm(() => this.#cancel());
    this.#alarm.set(ms);
  }

  heed(signal: AbortSignal): void {
    this.#signal = signal;
    this.#ignore = onAbort(signal, () => this.#cancel());
  }

  succeed(result: unknown): void {
    this.#close();
    this.#settled.resolve(result);
  }

  fail(error: unknown): void {
    this.#close();
    this.#settled.reject(error);
  }

  #cancel(): void {
    this.fail(new HubError(errorTexts.invocationCanceled, { cause: this.#signal?.reason }));
  }

  /** Nothing must be kept by a signal or a clock that lives longer. */
  #close(): void {
    this.#alarm?.clear();
    this.#ignore?.();
    this.#forget(this);
  }
}
