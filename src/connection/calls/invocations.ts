import { RefusedError } from '../../errors.ts';
import type { CallerConnection } from '../../hub/caller-connection.ts';
import type { CallMessage, PreparedCall } from '../../hub/dispatcher.ts';
import { HubScope } from '../../hub/hub-scope.ts';
import { isPromiseLike, promiseOf } from '../../promises.ts';
import { MessageType } from '../../protocol/messages.ts';
import type { ServerServices } from '../server-services.ts';
import { CallDeadlines } from './call-deadlines.ts';
import { Invocation, type InvocationOwner } from './invocation.ts';
import type { ReplySink } from './reply-sink.ts';
import type { RunStream } from './stream.ts';
import type { Streams } from './streams.ts';

/** Callbacks of Invocations. */
export interface InvocationsListener {
  /** A slot is free. */
  freed(): void;
  /** No call runs any more. */
  idle(): void;
}

export interface InvocationsParts {
  readonly caller: CallerConnection;
  readonly replies: ReplySink;
  readonly streams: Streams;
  readonly services: ServerServices;
  readonly listener: InvocationsListener;
}

/** Maximum of calls of one connection that have given up their slots at once; further ones keep theirs. */
const MAXIMUM_GIVEN_UP = 100;

/** Running calls of one connection: each is answered exactly once. */
export class Invocations implements InvocationOwner {
  readonly #caller: CallerConnection;
  readonly #replies: ReplySink;
  readonly #streams: Streams;
  readonly #services: ServerServices;
  readonly #listener: InvocationsListener;
  /** Made for the first call that does not end at once. */
  #deadlines: CallDeadlines | undefined;
  #active = 0;
  #slots = 0;
  #givenUp = 0;

  constructor(parts: InvocationsParts) {
    this.#caller = parts.caller;
    this.#replies = parts.replies;
    this.#streams = parts.streams;
    this.#services = parts.services;
    this.#listener = parts.listener;
  }

  /** Number of running calls. */
  get active(): number {
    return this.#active;
  }

  /** Whether one more call may run beside the others. */
  get hasFreeSlot(): boolean {
    return this.#slots < this.#caller.hub.options.maximumParallelInvocationsPerClient;
  }

  /** Runs the method of a call, and writes its reply. */
  begin(message: CallMessage, prepared: PreparedCall, wasCancelled: boolean): void {
    if (!prepared.method.takesSlot) {
      this.#beginStreaming(message, prepared, wasCancelled);
      return;
    }
    const { invocationId } = message;
    const { method, args } = prepared;
    const { hub } = this.#caller;
    const scope = new HubScope(this.#caller);
    if (wasCancelled) scope.cancel();
    this.#active += 1;
    this.#slots += 1;
    let result: unknown;
    try {
      result = hub.invoke(scope.hub, method, args);
      if (!isPromiseLike(result)) {
        this.#replies.answer(invocationId, method, result);
        this.#release('held');
        return;
      }
    } catch (error) {
      this.#replies.fail(invocationId, method, error);
      this.#release('held');
      return;
    }
    const limitMs = method.timeoutMs ?? hub.options.invocationTimeoutMs;
    this.#follow(new Invocation(this, invocationId, method, scope, limitMs), result);
  }

  /** Cancels the calls with this id. Their streams end, and their abort signals fire. @returns whether there is one. */
  cancel(invocationId: string): boolean {
    let isFound = false;
    for (const call of this.#deadlines?.calls() ?? []) {
      if (call.invocationId !== invocationId) continue;
      isFound = true;
      call.scope.cancel();
      call.stream?.stop();
    }
    return isFound;
  }

  /** Drops the queued upload items of running calls; their readers get the error. */
  failUploads(error: Error): void {
    for (const call of this.#deadlines?.calls() ?? []) this.#streams.fail(call, error);
  }

  /** Clears the alarm: it must not outlive the connection. */
  dispose(): void {
    this.#deadlines?.dispose();
  }

  // --- callbacks of a call

  /**
   * Stops the time of a call that waits for a client result. Another call may run in its slot, which it gives up for
   * good.
   */
  suspend(call: Invocation): void {
    if (this.#deadlines?.has(call) !== true) return;
    this.#deadlines.suspend(call);
    if (call.slot !== 'held' || this.#givenUp >= MAXIMUM_GIVEN_UP) return;
    call.slot = 'given up';
    this.#givenUp += 1;
    this.#slots -= 1;
    // The method is in the middle of its client invocation: others begin after it.
    queueMicrotask(() => this.#listener.freed());
  }

  resume(call: Invocation): void {
    if (this.#deadlines?.has(call) === true) this.#deadlines.resume(call);
  }

  #beginStreaming(message: CallMessage, prepared: PreparedCall, wasCancelled: boolean): void {
    const { method, args } = prepared;
    const refusal = this.#streams.refusal(message, method);
    if (refusal !== undefined) {
      this.#replies.refuse(message, refusal);
      return;
    }
    if (message.type === MessageType.StreamInvocation && (wasCancelled || !this.#replies.isOpen)) {
      // Its items are not wanted any more.
      if (wasCancelled) this.#replies.completed(message.invocationId);
      else this.#services.deadLetter('call-not-run', 1, this.#caller.connectionId);
      for (const id of message.streamIds) this.#replies.idEnded(id);
      return;
    }
    const scope = new HubScope(this.#caller);
    if (wasCancelled) scope.cancel();
    const call = new Invocation(this, message.invocationId, method, scope, method.timeoutMs ?? 0);
    this.#streams.open(call, message);
    this.#active += 1;
    const run: RunStream = (ran) =>
      this.#caller.hub.invoke(scope.hub, method, [...args, ...call.uploads.map((one) => one.items())], ran);
    const result = call.stream?.play(run) ?? new Promise<unknown>((resolve) => resolve(run(() => {})));
    this.#follow(call, result);
  }

  #follow(call: Invocation, result: PromiseLike<unknown>): void {
    this.#deadlines ??= new CallDeadlines(this.#services.alarms, (late) => this.#expired(late));
    this.#deadlines.add(call);
    call.scope.setWaiter(call);
    promiseOf(result).then(
      (value) => {
        if (!this.#isStill(call)) return;
        if (call.stream === undefined) this.#replies.answer(call.invocationId, call.method, value);
        this.#end(call);
      },
      (error: unknown) => {
        if (!this.#isStill(call)) return;
        this.#replies.fail(call.invocationId, call.method, error);
        this.#end(call);
      },
    );
  }

  #isStill(call: Invocation): boolean {
    const isStill = this.#deadlines?.remove(call) === true;
    if (!isStill) this.#services.deadLetter('late-result', 1, this.#caller.connectionId);
    return isStill;
  }

  #expired(call: Invocation): void {
    const { limitMs, method, scope } = call;
    const text = `The call of ${method.name} was answered with an error after ${limitMs} ms; its hub is closed.`;
    scope.expire(text);
    this.#streams.fail(call, new RefusedError(text));
    this.#replies.timeOut(call);
    if (call.stream === undefined) this.#end(call);
  }

  #end(call: Invocation): void {
    if (!call.method.takesSlot) this.#streams.close(call);
    this.#release(call.slot);
    this.#listener.freed();
  }

  #release(slot: Invocation['slot']): void {
    if (slot === 'held') this.#slots -= 1;
    else if (slot === 'given up') this.#givenUp -= 1;
    this.#active -= 1;
    if (this.#active === 0) this.#listener.idle();
  }
}
