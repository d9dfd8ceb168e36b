import type { CallerConnection } from '../../hub/caller-connection.ts';
import type { CallMessage, PreparedCall, RefusedCall } from '../../hub/dispatcher.ts';
import { type Deferred, defer } from '../../promises.ts';
import type { Backlog } from '../mailbox/backlogs.ts';
import { type CallSource, type Delivered, isCall, type UploadMessage } from '../mailbox/queued-message.ts';
import type { ServerServices } from '../server-services.ts';
import { Invocations, type InvocationsOwner, type ReplySink } from './invocations.ts';

/** Who hears of the line. */
export interface CallQueueListener {
  /** The front had to wait, and no longer does. */
  moved(): void;
  /** Something stood in line whose upload is over. */
  tooLate(): void;
  /** Nothing more comes from the client. */
  over(): void;
  /** No call runs any more. */
  finished(): void;
}

export interface CallQueueParts {
  readonly connection: CallerConnection;
  readonly source: CallSource;
  readonly listener: CallQueueListener;
  readonly answers: ReplySink;
  readonly backlog: Backlog;
  readonly services: ServerServices;
}

/**
 * Messages of one connection's line that are taken in one turn of the event loop: fewer when their answers fill a turn;
 * then others have theirs.
 */
const MAIL_PER_TURN = 100;

/**
 * Takes calls from the front of one connection's mailbox, at most so many at once. What can be said without running a method
 * is said at the front, without waiting for a slot; what streams needs none. What stands behind waits with the front.
 */
export class CallQueue implements InvocationsOwner {
  readonly #connection: CallerConnection;
  readonly #source: CallSource;
  readonly #listener: CallQueueListener;
  readonly #answers: ReplySink;
  readonly #backlog: Backlog;
  readonly #services: ServerServices;
  /** Made for the first call that begins. */
  #running: Invocations | undefined;
  #state: 'closed' | 'taking' | 'finishing' = 'closed';
  /** What is known of the front, so that its arguments are checked once. */
  #front: PreparedCall | RefusedCall | undefined;
  #isChecking = false;
  #isBlocked = false;
  #isPaused = false;
  #turn = MAIL_PER_TURN;
  #whenIdle: Deferred<void> | undefined;

  constructor(parts: CallQueueParts) {
    this.#connection = parts.connection;
    this.#source = parts.source;
    this.#listener = parts.listener;
    this.#answers = parts.answers;
    this.#backlog = parts.backlog;
    this.#services = parts.services;
  }

  /** How many calls run. */
  get active(): number {
    return this.#running?.active ?? 0;
  }

  /** Whether the front waits: for a slot, for the check of its arguments, or for room in its upload. */
  get isBlocked(): boolean {
    return this.#isBlocked || this.#isChecking;
  }

  open(): void {
    this.#state = 'taking';
    this.next();
  }

  /** Nothing new begins; what runs, runs on, and gets what its client still streams. */
  finish(): void {
    this.#leave('finishing');
    this.next();
  }

  /** Nothing is taken any more. */
  stop(): void {
    this.#leave('closed');
  }

  /** Resolves when nothing runs and, if calls are still taken, nothing waits. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    this.#whenIdle ??= defer();
    return this.#whenIdle.promise;
  }

  /** @returns false when no running call has that id. */
  cancel(invocationId: string): boolean {
    return this.#running?.cancel(invocationId) === true;
  }

  /** Hands an item, or the end, to the upload that it is for. */
  deliver(mail: UploadMessage): Delivered {
    return this.#running?.deliver(mail) ?? 'unknown';
  }

  endUploads(): void {
    this.#running?.endUploads();
  }

  failUploads(error: Error): void {
    this.#running?.failUploads(error);
  }

  endStreams(): void {
    this.#running?.endStreams();
  }

  /** No call runs any more. */
  finished(): void {
    this.#listener.finished();
  }

  /** The connection is gone. */
  dispose(): void {
    this.stop();
    this.#running?.dispose();
  }

  /** Takes as much from the line as may begin. */
  next(): void {
    while (this.#state !== 'closed' && !this.#isChecking && !this.#isPaused) {
      this.#source.refill();
      const mail = this.#source.front();
      if (mail === undefined) break;
      if (this.#turn === 0 || this.#answers.isTurnFull) this.#pause(undefined);
      else if (isCall(mail) && this.#answers.isOverfull) this.#pause(this.#answers.relief());
      else if (!(isCall(mail) ? this.#call(mail) : this.#pass(mail))) break;
    }
    if (this.#source.isOver) this.#listener.over();
    this.#settleIdle();
  }

  /** @returns false when the call has to wait. */
  #call(call: CallMessage): boolean {
    if (this.#state === 'finishing') {
      this.#shift();
      this.#services.deadLetter('call-not-run', 1, this.#connection.connectionId);
      return true;
    }
    const { hub, user } = this.#connection;
    const prepared = this.#front ?? hub.dispatcher.prepare(call, user);
    if (!(prepared instanceof Promise)) return this.#take(call, prepared);
    this.#check(prepared);
    return false;
  }

  /** @returns false when the call has to wait for a slot. */
  #take(call: CallMessage, prepared: PreparedCall | RefusedCall): boolean {
    const takesSlot = 'refusal' in prepared ? prepared.takesSlot === true : prepared.method.takesSlot;
    if (takesSlot && this.#running?.hasFreeSlot === false) {
      this.#front = prepared;
      this.#isBlocked = true;
      return false;
    }
    this.#front = undefined;
    const wasCancelled = this.#source.wasCancelled(call);
    this.#shift();
    if ('refusal' in prepared) this.#answers.turnAway(call, prepared);
    else this.#begin(call, prepared, wasCancelled);
    return true;
  }

  #begin(call: CallMessage, prepared: PreparedCall, wasCancelled: boolean): void {
    this.#running ??= new Invocations(this.#connection, this.#answers, this.#services, this.#backlog, this);
    this.#running.begin(call, prepared, wasCancelled);
  }

  /** @returns false when its upload is full. */
  #pass(mail: UploadMessage): boolean {
    const delivered = this.deliver(mail);
    if (delivered === 'full') {
      this.#isBlocked = true;
      return false;
    }
    this.#shift();
    if (delivered === 'unknown') this.#listener.tooLate();
    return true;
  }

  #shift(): void {
    if (this.#isBlocked) {
      this.#isBlocked = false;
      this.#listener.moved();
    }
    this.#source.shift();
    this.#turn -= 1;
  }

  #check(pending: Promise<PreparedCall | RefusedCall>): void {
    this.#isChecking = true;
    pending.then((prepared) => {
      this.#isChecking = false;
      const call = this.#source.front();
      if (this.#state === 'taking' && call !== undefined && isCall(call)) {
        this.#listener.moved();
        if (!this.#take(call, prepared)) return;
      }
      this.next();
    });
  }

  /** @param relief What it waits for; undefined: the next turn of the event loop. */
  #pause(relief: Promise<void> | undefined): void {
    const goOn = () => {
      this.#isPaused = false;
      this.#turn = MAIL_PER_TURN;
      this.next();
    };
    this.#isPaused = true;
    if (relief === undefined) this.#services.later(goOn);
    else relief.then(goOn);
  }

  #leave(state: 'finishing' | 'closed'): void {
    this.#state = state;
    this.#front = undefined;
    this.#isBlocked = false;
  }

  #isIdle(): boolean {
    if (this.active > 0 || this.#isChecking) return false;
    return this.#state !== 'taking' || (this.#source.front() === undefined && !this.#source.isWaiting);
  }

  #settleIdle(): void {
    if (this.#whenIdle === undefined || !this.#isIdle()) return;
    this.#whenIdle.resolve();
    this.#whenIdle = undefined;
  }
}
