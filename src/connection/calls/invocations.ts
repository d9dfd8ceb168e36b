import { RefusedError } from '../../errors.ts';
import type { CallerConnection } from '../../hub/caller-connection.ts';
import type { CallMessage, NamedMethod, PreparedCall, RefusedCall } from '../../hub/dispatcher.ts';
import { HubScope } from '../../hub/hub-scope.ts';
import { isPromiseLike, promiseOf } from '../../promises.ts';
import { MessageType } from '../../protocol/messages.ts';
import type { Backlog } from '../mailbox/backlogs.ts';
import type { Delivered, UploadMessage } from '../mailbox/queued-message.ts';
import type { ServerServices } from '../server-services.ts';
import { CallDeadlines } from './call-deadlines.ts';
import { Invocation, type InvocationOwner } from './invocation.ts';
import type { RunStream, StreamSink } from './stream.ts';
import { Streams } from './streams.ts';

/** Who words the answers. Without an id nobody waits for one. */
export interface ReplySink extends StreamSink {
  /** Whether there is as much to write as one turn takes: more answers would only wait for their turn, in memory. */
  readonly isTurnFull: boolean;
  /** Whether more waits for the client than its lane's limits allow: who does not read gets no more answers to wait with it. */
  readonly isOverfull: boolean;
  answer(invocationId: string | undefined, method: NamedMethod, result: unknown): void;
  fail(invocationId: string | undefined, method: NamedMethod, error: unknown): void;
  /** A call is refused before its method runs: its caller is told, and what it wanted to stream is over. */
  turnAway(call: CallMessage, refused: RefusedCall): void;
  /** A call has taken too long. */
  late(call: Invocation): void;
}

/** Whose calls they are: the line from which they came. */
export interface InvocationsOwner {
  /** The front may have a better chance: a slot is free, or an upload has room. */
  next(): void;
  /** No call runs any more. */
  finished(): void;
}

/** So many calls of one connection may have given up their slots at once; further ones keep theirs. */
const MAXIMUM_GIVEN_UP = 100;

/** The calls of one connection from their beginning to their end: each is answered exactly once. */
export class Invocations implements InvocationOwner {
  readonly #connection: CallerConnection;
  readonly #sink: ReplySink;
  readonly #services: ServerServices;
  readonly #backlog: Backlog;
  readonly #line: InvocationsOwner;
  /** Made for the first call that takes its time. */
  #clock: CallDeadlines | undefined;
  /** Made for the first call that streams. */
  #streams: Streams | undefined;
  #active = 0;
  #slots = 0;
  #givenUp = 0;

  constructor(
    connection: CallerConnection,
    sink: ReplySink,
    services: ServerServices,
    backlog: Backlog,
    line: InvocationsOwner,
  ) {
    this.#connection = connection;
    this.#sink = sink;
    this.#services = services;
    this.#backlog = backlog;
    this.#line = line;
  }

  /** How many calls run. */
  get active(): number {
    return this.#active;
  }

  /** Whether one more call may run beside those that do. */
  get hasFreeSlot(): boolean {
    return this.#slots < this.#connection.hub.options.maximumParallelInvocationsPerClient;
  }

  begin(message: CallMessage, prepared: PreparedCall, wasCancelled: boolean): void {
    if (!prepared.method.takesSlot) {
      this.#beginStreaming(message, prepared, wasCancelled);
      return;
    }
    const { invocationId } = message;
    const { method, args } = prepared;
    const { hub } = this.#connection;
    const scope = new HubScope(this.#connection);
    if (wasCancelled) scope.cancel();
    this.#active += 1;
    this.#slots += 1;
    let result: unknown;
    try {
      result = hub.invoke(scope.hub, method, args);
      if (!isPromiseLike(result)) {
        this.#sink.answer(invocationId, method, result);
        this.#release('held');
        return;
      }
    } catch (error) {
      this.#sink.fail(invocationId, method, error);
      this.#release('held');
      return;
    }
    const limitMs = method.timeoutMs ?? hub.options.invocationTimeoutMs;
    this.#follow(new Invocation(this, invocationId, method, scope, limitMs), result);
  }

  /** The client is no longer interested: a stream ends, any other method may listen to its signal. */
  cancel(invocationId: string): boolean {
    let isFound = false;
    for (const call of this.#clock?.calls() ?? []) {
      if (call.invocationId !== invocationId) continue;
      isFound = true;
      call.scope.cancel();
      call.stream?.stop();
    }
    return isFound;
  }

  deliver(mail: UploadMessage): Delivered {
    return this.#streams?.deliver(mail) ?? 'unknown';
  }

  /** Nothing more comes from the client. */
  endUploads(): void {
    this.#streams?.endUploads();
  }

  /** Drops what waits in uploads; their readers get an error. */
  failUploads(error: Error): void {
    for (const call of this.#clock?.calls() ?? []) this.#streams?.fail(call, error);
  }

  /** Nobody reads any more. */
  endStreams(): void {
    this.#streams?.endStreams();
  }

  /** The connection is gone: no alarm may outlive it. */
  dispose(): void {
    this.#clock?.stop();
  }

  // --- what a call says of itself

  /** While it waits for a client, its time does not count, and another may run in its place: once, until it is over. */
  suspend(call: Invocation): void {
    if (this.#clock?.has(call) !== true) return;
    this.#clock.suspend(call);
    if (call.slot !== 'held' || this.#givenUp >= MAXIMUM_GIVEN_UP) return;
    call.slot = 'given up';
    this.#givenUp += 1;
    this.#slots -= 1;
    // The method is in the middle of asking: others begin behind it.
    queueMicrotask(() => this.#line.next());
  }

  resume(call: Invocation): void {
    if (this.#clock?.has(call) === true) this.#clock.resume(call);
  }

  #beginStreaming(message: CallMessage, prepared: PreparedCall, wasCancelled: boolean): void {
    const { method, args } = prepared;
    const streams = this.#openStreams();
    const refusal = streams.refusal(message, method);
    if (refusal !== undefined) {
      this.#sink.turnAway(message, refusal);
      return;
    }
    if (message.type === MessageType.StreamInvocation && (wasCancelled || !this.#sink.isHeard)) {
      // Nobody wants its items any more.
      if (wasCancelled) this.#sink.completed(message.invocationId);
      else this.#services.deadLetter('call-not-run', 1, this.#connection.connectionId);
      for (const id of message.streamIds) this.#sink.over(id);
      return;
    }
    const scope = new HubScope(this.#connection);
    if (wasCancelled) scope.cancel();
    const call = new Invocation(this, message.invocationId, method, scope, method.timeoutMs ?? 0);
    streams.open(call, message);
    this.#active += 1;
    const run: RunStream = (ran) =>
      this.#connection.hub.invoke(scope.hub, method, [...args, ...call.uploads.map((one) => one.items())], ran);
    const result = call.stream?.play(run) ?? new Promise<unknown>((resolve) => resolve(run(() => {})));
    this.#follow(call, result);
  }

  #openStreams(): Streams {
    const { hub } = this.#connection;
    this.#streams ??= new Streams({
      options: hub.options,
      sink: this.#sink,
      backlog: this.#backlog,
      later: this.#services.later,
      roomMade: () => queueMicrotask(() => this.#line.next()),
    });
    return this.#streams;
  }

  #follow(call: Invocation, result: PromiseLike<unknown>): void {
    this.#clock ??= new CallDeadlines(this.#services.alarms, (late) => this.#expired(late));
    this.#clock.add(call);
    call.scope.setWaiter(call);
    promiseOf(result).then(
      (value) => {
        if (!this.#isStill(call)) return;
        if (call.stream === undefined) this.#sink.answer(call.invocationId, call.method, value);
        this.#end(call);
      },
      (error: unknown) => {
        if (!this.#isStill(call)) return;
        this.#sink.fail(call.invocationId, call.method, error);
        this.#end(call);
      },
    );
  }

  #isStill(call: Invocation): boolean {
    const isStill = this.#clock?.remove(call) === true;
    if (!isStill) this.#services.deadLetter('late-result', 1, this.#connection.connectionId);
    return isStill;
  }

  #expired(call: Invocation): void {
    const { limitMs, method, scope } = call;
    const text = `The call of ${method.name} was answered with an error after ${limitMs} ms; its hub is closed.`;
    scope.expire(text);
    this.#streams?.fail(call, new RefusedError(text));
    this.#sink.late(call);
    if (call.stream === undefined) this.#end(call);
  }

  #end(call: Invocation): void {
    if (!call.method.takesSlot) this.#streams?.close(call);
    this.#release(call.slot);
    this.#line.next();
  }

  #release(slot: Invocation['slot']): void {
    if (slot === 'held') this.#slots -= 1;
    else if (slot === 'given up') this.#givenUp -= 1;
    this.#active -= 1;
    if (this.#active === 0) this.#line.finished();
  }
}
