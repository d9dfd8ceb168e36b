import type { CallMessage, NamedMethod, PreparedCall, RefusedCall } from '../hub/dispatcher.ts';
import { type HubConnection, HubView } from '../hub/hub-view.ts';
import { type Deferred, defer, isPromiseLike } from '../promises.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { NodeServices } from './host.ts';
import { type RunningCall, RunningCalls, type RunningCallsListener } from './running-calls.ts';

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

/** Who words the answers. Without an id nobody waits for one. */
export interface CallSink {
  answer(invocationId: string | undefined, method: NamedMethod, result: unknown): void;
  fail(invocationId: string | undefined, method: NamedMethod, error: unknown): void;
  refuse(invocationId: string | undefined, text: string): void;
  /** The front had to wait, and no longer does. */
  moved(): void;
  /** No call runs any more. */
  finished(): void;
}

/** So many calls of one connection are begun in one turn of the event loop; then others have theirs. */
const CALLS_PER_TURN = 100;

/**
 * The calls of one connection: taken from the front of its mailbox, at most so many at once, each answered exactly once.
 * What can be said without running a method is said at the front, without waiting for a slot.
 */
export class Calls implements RunningCallsListener {
  readonly #connection: HubConnection;
  readonly #source: CallSource;
  readonly #sink: CallSink;
  readonly #services: NodeServices;
  /** Only methods that return promises need it. */
  #running: RunningCalls | undefined;
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

  /** @returns false when no running call has that id. */
  cancel(invocationId: string): boolean {
    return this.#running?.cancel(invocationId) === true;
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
      this.#sink.refuse(call.invocationId, prepared.refusal);
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
      view = new HubView(this.#connection, this.#stateOfConnection);
      if (wasCancelled) view.cancel();
      result = method.run(view, ...args);
      if (!isPromiseLike(result)) {
        this.#sink.answer(invocationId, method, result);
        this.#release();
        return;
      }
    } catch (error) {
      this.#sink.fail(invocationId, method, error);
      this.#release();
      return;
    }
    const limitMs = method.timeoutMs ?? hub.options.invocationTimeoutMs;
    this.#running ??= new RunningCalls(this.#services.alarms, this);
    this.#running.follow({ invocationId, method, view, limitMs }, result);
  }

  // --- how running calls end

  resolved(call: RunningCall, value: unknown): void {
    this.#sink.answer(call.invocationId, call.method, value);
    this.#release();
    this.next();
  }

  rejected(call: RunningCall, error: unknown): void {
    this.#sink.fail(call.invocationId, call.method, error);
    this.#release();
    this.next();
  }

  expired({ invocationId, method, view, limitMs }: RunningCall): void {
    view.expire(`The call of ${method.name} was answered with an error after ${limitMs} ms; its hub is closed.`);
    this.#sink.refuse(invocationId, errorTexts.tookTooLong(method.name, limitMs));
    this.#release();
    this.next();
  }

  late(): void {
    this.#services.died('late-result', 1, this.#connection.connectionId);
  }

  #release(): void {
    this.#slots -= 1;
    if (this.#slots === 0) this.#sink.finished();
  }

  /** The connection is gone: no alarm may outlive it. */
  dispose(): void {
    this.stop();
    this.#running?.dispose();
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
