import type { Alarm } from '../clock.ts';
import { visibleDetail } from '../errors.ts';
import type { CallMessage, NamedMethod, PreparedCall, RefusedCall } from '../hub/dispatcher.ts';
import type { HubConnection } from '../hub/hub-view.ts';
import { HubView } from '../hub/hub-view.ts';
import { type Deferred, defer, isPromiseLike } from '../promises.ts';

import { errorTexts } from '../protocol/error-texts.ts';
import type { NodeServices } from './host.ts';

/** Where calls come from, and where their answers go. */
export interface CallSource {
  /** The oldest call that has not begun. */
  front(): CallMessage | undefined;
  shift(): void;
  /** There may be room for more. */
  refill(): void;
  /** Whether the client has cancelled it already. */
  wasCancelled(call: CallMessage): boolean;
}

export interface CallSink {
  /** @throws {SerializationError} when the result cannot be written. */
  complete(invocationId: string, result: unknown): void;
  fail(invocationId: string, error: string): void;
  /** The front had to wait, and no longer does. */
  moved(): void;
  /** No call runs any more. */
  finished(): void;
}

/** A call whose method has returned a promise. */
interface RunningCall {
  readonly invocationId: string | undefined;
  readonly method: NamedMethod;
  readonly view: HubView;
  /** On the clock of the alarms; Infinity: never. */
  readonly deadline: number;
}

/** So many calls of one connection are begun in one turn of the event loop; then others have theirs. */
const CALLS_PER_TURN = 100;

/**
 * The calls of one connection: taken from the front of its mailbox, at most so many at once, each answered exactly once.
 * What can be said without running a method is said at the front, without waiting for a slot.
 */
export class Calls {
  readonly #connection: HubConnection;
  readonly #source: CallSource;
  readonly #sink: CallSink;
  readonly #services: NodeServices;
  readonly #running = new Set<RunningCall>();
  readonly #timeout: Alarm;
  #timeoutAt = 0;
  #stateOfConnection: unknown;
  #slots = 0;
  #state: 'closed' | 'taking' | 'paused' = 'closed';
  /** What is known of the front, so that its arguments are checked once. */
  #front: PreparedCall | undefined;
  #isChecking = false;
  #isBlocked = false;
  #turn = CALLS_PER_TURN;
  #whenIdle: Deferred<void> | undefined;

  constructor(connection: HubConnection, source: CallSource, sink: CallSink, services: NodeServices) {
    this.#connection = connection;
    this.#source = source;
    this.#sink = sink;
    this.#services = services;
    this.#timeout = services.alarms.alarm(() => this.#expire());
  }

  /** How many calls run. */
  get active(): number {
    return this.#slots;
  }

  /** Whether the front waits for a slot, or for the check of its arguments. */
  get isBlocked(): boolean {
    return this.#isBlocked || this.#isChecking;
  }

  open(stateOfConnection: unknown): void {
    this.#stateOfConnection = stateOfConnection;
    this.#state = 'taking';
    this.next();
  }

  /** Nothing new begins; what runs, runs on. */
  stop(): void {
    this.#state = 'closed';
    this.#front = undefined;
    this.#isBlocked = false;
  }

  /** Resolves when nothing runs and, if calls are still taken, nothing waits. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    this.#whenIdle ??= defer();
    return this.#whenIdle.promise;
  }

  /** The client is no longer interested in the answer; the method may listen to its signal. */
  cancel(invocationId: string): boolean {
    for (const call of this.#running) {
      if (call.invocationId !== invocationId) continue;
      call.view.cancel();
      return true;
    }
    return false;
  }

  /** Begins as many calls as may run. */
  next(): void {
    while (this.#state === 'taking' && !this.#isChecking) {
      this.#source.refill();
      const call = this.#source.front();
      if (call === undefined) break;
      if (this.#turn === 0) {
        this.#pause();
        return;
      }
      const prepared = this.#front ?? this.#connection.hub.dispatcher.prepare(call, this.#connection.user);
      if (prepared instanceof Promise) {
        this.#check(prepared);
        return;
      }
      if (!this.#take(call, prepared)) return;
    }
    this.#settleIdle();
  }

  /** @returns false when the call has to wait for a slot. */
  #take(call: CallMessage, prepared: PreparedCall | RefusedCall): boolean {
    if ('refusal' in prepared) {
      this.#source.shift();
      this.#turn -= 1;
      if (call.invocationId !== undefined) this.#sink.fail(call.invocationId, prepared.refusal);
      return true;
    }
    if (this.#slots >= this.#connection.hub.options.maximumParallelInvocationsPerClient) {
      this.#front = prepared;
      this.#isBlocked = true;
      return false;
    }
    this.#front = undefined;
    if (this.#isBlocked) {
      this.#isBlocked = false;
      this.#sink.moved();
    }
    const wasCancelled = this.#source.wasCancelled(call);
    this.#source.shift();
    this.#turn -= 1;
    this.#start(call.invocationId, prepared, wasCancelled);
    return true;
  }

  #check(pending: Promise<PreparedCall | RefusedCall>): void {
    this.#isChecking = true;
    pending.then((prepared) => {
      this.#isChecking = false;
      if (this.#state === 'closed') {
        this.#settleIdle();
        return;
      }
      this.#sink.moved();
      const call = this.#source.front();
      if (call !== undefined && this.#take(call, prepared)) this.next();
    });
  }

  #pause(): void {
    this.#state = 'paused';
    this.#services.later(() => {
      this.#turn = CALLS_PER_TURN;
      if (this.#state !== 'paused') return;
      this.#state = 'taking';
      this.next();
    });
  }

  #start(invocationId: string | undefined, { method, args }: PreparedCall, wasCancelled: boolean): void {
    const { hub } = this.#connection;
    this.#slots += 1;
    let result: unknown;
    let view: HubView;
    try {
      view = new HubView(this.#connection, hub.stateOfCall(this.#connection, this.#stateOfConnection));
      if (wasCancelled) view.cancel();
      result = method.run(view, ...args);
      if (!isPromiseLike(result)) {
        this.#slots -= 1;
        this.#answer(invocationId, method, result);
        return;
      }
    } catch (error) {
      this.#slots -= 1;
      this.#fail(invocationId, method, error);
      return;
    }
    this.#follow({ invocationId, method, view, deadline: this.#deadlineOf(method) }, result);
  }

  #follow(call: RunningCall, result: PromiseLike<unknown>): void {
    this.#running.add(call);
    // An alarm set for an earlier call is as good: it looks again. So a call costs none of its own, as a rule.
    if (call.deadline !== Number.POSITIVE_INFINITY && (!this.#timeout.isSet || call.deadline < this.#timeoutAt)) {
      this.#watch(call.deadline);
    }
    // Through a native promise: a foreign thenable may call back twice, or at once.
    Promise.resolve(result).then(
      (value) => {
        if (this.#end(call)) this.#answer(call.invocationId, call.method, value);
        this.#afterEnd();
      },
      (error: unknown) => {
        if (this.#end(call)) this.#fail(call.invocationId, call.method, error);
        this.#afterEnd();
      },
    );
  }

  /** @returns false when the call has been answered already: its time was over. */
  #end(call: RunningCall): boolean {
    if (this.#running.delete(call)) {
      this.#slots -= 1;
      return true;
    }
    this.#services.died('late-result', 1, this.#connection.connectionId);
    return false;
  }

  #afterEnd(): void {
    this.next();
    if (this.#slots === 0) this.#sink.finished();
    this.#settleIdle();
  }

  #answer(invocationId: string | undefined, method: NamedMethod, result: unknown): void {
    if (invocationId === undefined) return;
    try {
      this.#sink.complete(invocationId, result);
    } catch (error) {
      this.#fail(invocationId, method, error);
    }
  }

  #fail(invocationId: string | undefined, method: NamedMethod, error: unknown): void {
    const { hub, connectionId } = this.#connection;
    hub.log.debug({ err: error, method: method.name, connectionId }, 'a method failed');
    if (invocationId === undefined) return;
    this.#sink.fail(
      invocationId,
      errorTexts.methodFailed(method.name, visibleDetail(error, hub.options.detailedErrors)),
    );
  }

  #deadlineOf(method: NamedMethod): number {
    const ms = method.timeoutMs ?? this.#connection.hub.options.invocationTimeoutMs;
    return ms === 0 ? Number.POSITIVE_INFINITY : this.#services.alarms.now() + ms;
  }

  /** Answers the calls whose time is over, and looks again when the next one's is. */
  #expire(): void {
    const now = this.#services.alarms.now();
    let next = Number.POSITIVE_INFINITY;
    for (const call of [...this.#running]) {
      if (call.deadline > now) {
        next = Math.min(next, call.deadline);
        continue;
      }
      this.#running.delete(call);
      this.#slots -= 1;
      const ms = call.method.timeoutMs ?? this.#connection.hub.options.invocationTimeoutMs;
      call.view.expire(`The call of ${call.method.name} was answered with an error after ${ms} ms; its hub is closed.`);
      if (call.invocationId !== undefined) {
        this.#sink.fail(call.invocationId, errorTexts.tookTooLong(call.method.name, ms));
      }
    }
    if (next !== Number.POSITIVE_INFINITY) this.#watch(next);
    this.#afterEnd();
  }

  #watch(deadline: number): void {
    this.#timeoutAt = deadline;
    this.#timeout.set(deadline - this.#services.alarms.now());
  }

  /** The connection is gone: no alarm may outlive it. */
  dispose(): void {
    this.stop();
    this.#timeout.clear();
  }

  #isIdle(): boolean {
    return this.#slots === 0 && !this.#isChecking && (this.#state === 'closed' || this.#source.front() === undefined);
  }

  #settleIdle(): void {
    if (this.#whenIdle === undefined || !this.#isIdle()) return;
    this.#whenIdle.resolve();
    this.#whenIdle = undefined;
  }
}
