import { closeReason } from '../../protocol/close.ts';
import { afterTransition } from '../after-transition.ts';
import type { KeepAlive } from '../keep-alive.ts';
import type { CallSource } from '../mailbox/call-source.ts';
import type { Delivered, UploadMessage } from '../mailbox/queued-message.ts';
import type { SessionContext } from '../session-context.ts';
import { Backpressure } from './backpressure.ts';
import { CallQueue } from './call-queue.ts';
import type { EndedIds } from './ended-ids.ts';
import { Invocations } from './invocations.ts';
import { Replies } from './replies.ts';
import { Streams } from './streams.ts';

interface CallParts {
  readonly replies: Replies;
  readonly streams: Streams;
  readonly invocations: Invocations;
  readonly queue: CallQueue;
}

/**
 * Calls and streams of one session. Their parts are made with the first message that needs them: most connections of a
 * server are idle, and hold none of them.
 */
export class SessionCalls {
  readonly #context: SessionContext;
  readonly #keepAlive: KeepAlive | undefined;
  readonly #inputEnded: () => void;
  /** undefined: no calls are taken yet. */
  #source: CallSource | undefined;
  #state: 'taking' | 'finishing' | 'closed' = 'taking';
  #parts: CallParts | undefined;

  /** @param inputEnded Called when no message for any upload comes any more. */
  constructor(context: SessionContext, keepAlive: KeepAlive | undefined, inputEnded: () => void) {
    this.#context = context;
    this.#keepAlive = keepAlive;
    this.#inputEnded = inputEnded;
  }

  /** Whether calls have been taken at all. */
  get isOpen(): boolean {
    return this.#source !== undefined;
  }
  /** Whether the next call waits: for a slot, for the check of its arguments, or for room in its upload. */
  get isBlocked(): boolean {
    return this.#parts?.queue.isBlocked === true;
  }
  /** Ids of ended calls and streams, which the client may still name. */
  get endedIds(): EndedIds {
    return this.#made().replies.ids;
  }

  /** Begins to take calls from the mailbox. */
  open(source: CallSource): void {
    this.#source = source;
    this.next();
  }

  /** Takes as many messages as may begin. Called when there are more. */
  next(): void {
    if (this.#parts !== undefined) this.#parts.queue.next();
    else if (this.#source?.front() !== undefined && this.#state !== 'closed') this.#made().queue.next();
    else if (this.#source?.isOver === true) this.#inputEnded();
  }

  /**
   * Begins no new calls. Running calls go on and get upload items. Reports `calls.finished` when none runs any more.
   * What may run an author's abort listeners happens after the transition.
   */
  finish(): void {
    this.#state = 'finishing';
    this.#parts?.queue.finish();
    afterTransition(() => {
      this.next();
      if (this.#parts === undefined || this.#parts.invocations.active === 0) this.#finished();
    }, this.#context.report);
  }

  /** Stops taking messages. */
  close(): void {
    this.#state = 'closed';
    this.#parts?.queue.close();
  }

  /** Resolves when no call runs and, while calls are taken, none waits. */
  idle(): Promise<void> {
    const isWaiting = this.#state === 'taking' && this.#source?.isWaiting === true;
    if (this.#parts === undefined && !isWaiting) return Promise.resolve();
    return this.#made().queue.idle();
  }

  /** Cancels running calls. @returns whether one with this id runs. */
  cancel(invocationId: string): boolean {
    return this.#parts?.invocations.cancel(invocationId) === true;
  }

  /** Passes an item, or the end, to its upload. */
  deliver(message: UploadMessage): Delivered {
    return this.#parts?.streams.deliver(message) ?? 'unknown';
  }

  /** Ends all uploads with an error: nothing more comes from the client. */
  endUploads(): void {
    this.#parts?.streams.endUploads();
  }

  /** Discards what waits in uploads. The methods that read them get the error. */
  failUploads(error: Error): void {
    this.#parts?.invocations.failUploads(error);
  }

  /** Ends all streams to the client: it reads no more. */
  endStreams(): void {
    this.#parts?.streams.endStreams();
  }

  /** Clears the alarms: none may outlive the session. */
  dispose(): void {
    this.close();
    this.#parts?.invocations.dispose();
    this.#parts?.streams.dispose();
  }

  /** Called when no call runs any more. */
  #finished(): void {
    if (this.#state !== 'finishing') return;
    this.#context.report({ type: 'calls.finished', reason: closeReason('server-draining') });
  }

  #made(): CallParts {
    this.#parts ??= this.#make();
    return this.#parts;
  }

  #make(): CallParts {
    const source = this.#source;
    if (source === undefined) throw new Error('Calls are taken from an open mailbox only.');
    const { backlog, caller, lane, runtime } = this.#context;
    const { hub, services } = runtime;
    const next = () => this.next();
    const replies = new Replies(caller.connectionId, hub, lane);
    const backpressure = new Backpressure(lane);
    const roomMade = () => queueMicrotask(next);
    const { rates } = caller;
    const { alarms, nextTurn } = services;
    const ofStreams = { options: hub.options, replies, backpressure, backlog, rates, alarms, nextTurn, roomMade };
    const streams = new Streams(ofStreams);
    const listener = { freed: next, idle: () => this.#finished() };
    const invocations = new Invocations({ caller, replies, streams, services, listener });
    const unblocked = () => this.#keepAlive?.heard();
    const rest = { backpressure, services, unblocked, inputEnded: this.#inputEnded };
    const queue = new CallQueue({ caller, rates, source, invocations, streams, replies, ...rest }, this.#state);
    return { replies, streams, invocations, queue };
  }
}
