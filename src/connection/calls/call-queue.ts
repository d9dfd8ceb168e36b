import { type HubError, visibleDetail } from '../../errors.ts';
import type { CallerConnection } from '../../hub/caller-connection.ts';
import type { CallMessage, PreparedCall, RefusedCall } from '../../hub/dispatcher.ts';
import type { ConnectionRates } from '../../limits/connection-rates.ts';
import { type Deferred, defer } from '../../promises.ts';
import { errorTexts } from '../../protocol/error-texts.ts';
import type { CallSource } from '../mailbox/call-source.ts';
import { isCall, type UploadMessage } from '../mailbox/queued-message.ts';
import type { ServerServices } from '../server-services.ts';
import type { Backpressure } from './backpressure.ts';
import type { Invocations } from './invocations.ts';
import type { ReplySink } from './reply-sink.ts';
import type { Streams } from './streams.ts';

export interface CallQueueParts {
  readonly caller: CallerConnection;
  /** undefined: calls are not limited. */
  readonly rates: ConnectionRates | undefined;
  readonly source: CallSource;
  readonly invocations: Invocations;
  readonly streams: Streams;
  readonly replies: ReplySink;
  readonly backpressure: Backpressure;
  readonly services: ServerServices;
  /** The front had to wait, and has now been taken. */
  readonly unblocked: () => void;
  /** No message for any upload comes any more. */
  readonly inputEnded: () => void;
}

/**
 * Maximum of messages of one connection that are taken in one turn of the event loop, so that others get their share.
 * It takes fewer when their replies fill a turn.
 */
const MESSAGES_PER_TURN = 100;

/**
 * Takes calls from the front of one connection's mailbox, and begins as many as may run at once. A call waits at the
 * front for a free slot, and all messages behind it wait, too. A call that is refused without its method, and one that
 * streams, need no slot.
 */
export class CallQueue {
  readonly #parts: CallQueueParts;
  #state: 'taking' | 'finishing' | 'closed';
  /** The front after its check, so that its arguments are checked only once. */
  #front: PreparedCall | RefusedCall | undefined;
  #isChecking = false;
  #isBlocked = false;
  #isPaused = false;
  #turn = MESSAGES_PER_TURN;
  #whenIdle: Deferred<void> | undefined;

  constructor(parts: CallQueueParts, state: 'taking' | 'finishing' | 'closed') {
    this.#parts = parts;
    this.#state = state;
  }

  /** Whether the front waits: for a slot, for the check of its arguments, or for room in its upload. */
  get isBlocked(): boolean {
    return this.#isBlocked || this.#isChecking;
  }

  /** Begins no new calls. Upload items are still passed on. */
  finish(): void {
    this.#leave('finishing');
  }

  /** Stops taking messages. */
  close(): void {
    this.#leave('closed');
  }

  /** Resolves when no call runs and, while calls are taken, none waits. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    this.#whenIdle ??= defer();
    return this.#whenIdle.promise;
  }

  /** Takes as many messages as may begin. Called when more have come, a slot is free, or an upload has room. */
  next(): void {
    const { backpressure, source } = this.#parts;
    while (this.#state !== 'closed' && !this.#isChecking && !this.#isPaused) {
      source.refill();
      const message = source.front();
      if (message === undefined) break;
      if (this.#turn === 0 || backpressure.isTurnFull) this.#pause(undefined);
      else if (isCall(message) && backpressure.isOverfull) this.#pause(backpressure.relief());
      else if (!(isCall(message) ? this.#call(message) : this.#pass(message))) break;
    }
    if (source.isOver) this.#parts.inputEnded();
    this.#settleIdle();
  }

  /** @returns false when the call has to wait. */
  #call(call: CallMessage): boolean {
    const { caller, services } = this.#parts;
    if (this.#state === 'finishing') {
      this.#shift();
      services.deadLetter('call-not-run', 1, caller.connectionId);
      return true;
    }
    if (this.#front === undefined) {
      const error = this.#parts.rates?.refuseCall(call.bytes ?? 0);
      if (error !== undefined) return this.#refuse(call, error);
    }
    const prepared = this.#front ?? caller.hub.dispatcher.prepare(call, caller.user);
    if (!(prepared instanceof Promise)) return this.#take(call, prepared);
    this.#check(prepared);
    return false;
  }

  /** Answers a call whose client calls too often. */
  #refuse(call: CallMessage, error: HubError): true {
    const { caller, replies } = this.#parts;
    this.#shift();
    const { dispatcher, options } = caller.hub;
    const method = dispatcher.find(call.target);
    const refusal = errorTexts.methodFailed(method?.name ?? call.target, visibleDetail(error, options.detailedErrors));
    replies.refuse(call, { refusal, kind: 'call-over-rate', ...(method && { method }) });
    return true;
  }

  /** @returns false when the call has to wait for a slot. */
  #take(call: CallMessage, prepared: PreparedCall | RefusedCall): boolean {
    const { invocations, replies, source } = this.#parts;
    const takesSlot = 'refusal' in prepared ? prepared.takesSlot === true : prepared.method.takesSlot;
    if (takesSlot && !invocations.hasFreeSlot) {
      this.#front = prepared;
      this.#isBlocked = true;
      return false;
    }
    this.#front = undefined;
    const wasCancelled = source.wasCancelled(call);
    this.#shift();
    if ('refusal' in prepared) replies.refuse(call, prepared);
    else invocations.begin(call, prepared, wasCancelled);
    return true;
  }

  /** @returns false when its upload is full. */
  #pass(message: UploadMessage): boolean {
    const { caller, services, streams } = this.#parts;
    const delivered = streams.deliver(message);
    if (delivered === 'full') {
      this.#isBlocked = true;
      return false;
    }
    this.#shift();
    if (delivered === 'unknown') services.deadLetter('unknown-id', 1, caller.connectionId);
    return true;
  }

  #shift(): void {
    if (this.#isBlocked) {
      this.#isBlocked = false;
      this.#parts.unblocked();
    }
    this.#parts.source.shift();
    this.#turn -= 1;
  }

  #check(pending: Promise<PreparedCall | RefusedCall>): void {
    this.#isChecking = true;
    pending.then((prepared) => {
      this.#isChecking = false;
      const call = this.#parts.source.front();
      if (this.#state === 'taking' && call !== undefined && isCall(call)) {
        this.#parts.unblocked();
        if (!this.#take(call, prepared)) return;
      }
      this.next();
    });
  }

  /** @param relief Promise to wait for; undefined: the next turn of the event loop. */
  #pause(relief: Promise<void> | undefined): void {
    const goOn = () => {
      this.#isPaused = false;
      this.#turn = MESSAGES_PER_TURN;
      this.next();
    };
    this.#isPaused = true;
    if (relief === undefined) this.#parts.services.nextTurn(goOn);
    else relief.then(goOn);
  }

  #leave(state: 'finishing' | 'closed'): void {
    this.#state = state;
    this.#front = undefined;
    this.#isBlocked = false;
  }

  #isIdle(): boolean {
    const { invocations, source } = this.#parts;
    if (invocations.active > 0 || this.#isChecking) return false;
    return this.#state !== 'taking' || (source.front() === undefined && !source.isWaiting);
  }

  #settleIdle(): void {
    if (this.#whenIdle === undefined || !this.#isIdle()) return;
    this.#whenIdle.resolve();
    this.#whenIdle = undefined;
  }
}
