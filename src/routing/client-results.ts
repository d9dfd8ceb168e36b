import type { Alarm, Alarms } from '../clock.ts';
import { DisconnectedError, HubError, ProtocolError, RefusedError } from '../errors.ts';
import type { InvokeOptions } from '../hub/routing.ts';
import { type Deferred, defer, unawaited } from '../promises.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { CompletionMessage } from '../protocol/messages.ts';
import { onAbort } from './abort-listeners.ts';
import type { Recipient } from './connections.ts';
import type { PendingInvocation } from './pending-invocation.ts';

/** Largest number of invocations of one client that may wait for their results. */
export const MAXIMUM_PENDING_INVOCATIONS = 100;
/** Node's timers overflow beyond this. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * SignalR's client results of one hub: its pending invocations of clients. Only the invoked connection can complete
 * them.
 */
export class ClientResults {
  readonly #alarms: Alarms;
  readonly #pending = new Map<string, PendingResult>();
  /** The connections that have been invoked, until they leave. */
  readonly #invoked = new Map<Recipient, InvokedClient>();

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
  }

  /** Number of pending invocations. */
  get size(): number {
    return this.#pending.size;
  }
  /** Number of connections that have been invoked. */
  get clients(): number {
    return this.#invoked.size;
  }

  /**
   * @throws {RefusedError} when too many invocations of this client are pending, {TypeError} when an option is not
   *   valid, {HubError} when the signal has fired already.
   */
  begin(recipient: Recipient, { timeoutMs = 0, signal }: InvokeOptions): PendingInvocation {
    if (!(Number.isInteger(timeoutMs) && timeoutMs >= 0 && timeoutMs <= LONGEST_MS)) {
      throw new TypeError(`timeoutMs must be a whole number from 0 to ${LONGEST_MS}, but it is ${String(timeoutMs)}.`);
    }
    if (signal !== undefined && typeof signal.addEventListener !== 'function') {
      throw new TypeError('signal must be an AbortSignal.');
    }
    if (signal?.aborted === true) throw new HubError(errorTexts.invocationCanceled, { cause: signal.reason });
    const client = this.#invoked.get(recipient) ?? { pending: new Set(), count: 0 };
    if (client.pending.size >= MAXIMUM_PENDING_INVOCATIONS) {
      throw new RefusedError(`${MAXIMUM_PENDING_INVOCATIONS} questions wait for an answer of this client already.`);
    }
    client.count += 1;
    const id = idOf(client.count, recipient);
    const invocation = new PendingResult(id, recipient, (settled) => this.#forget(settled));
    client.pending.add(invocation);
    this.#invoked.set(recipient, client);
    this.#pending.set(id, invocation);
    if (timeoutMs > 0) invocation.cancelAfter(this.#alarms, timeoutMs);
    if (signal !== undefined) invocation.cancelOn(signal);
    return invocation;
  }

  /**
   * @returns false when no invocation with this id is pending (any more).
   * @throws {ProtocolError} when another connection was invoked.
   */
  complete(from: Recipient, completion: CompletionMessage): boolean {
    const invocation = this.#pending.get(completion.invocationId);
    if (invocation === undefined) return false;
    if (invocation.recipient !== from) {
      throw new ProtocolError(
        errorTexts.wrongConnectionForInvocation(from.connectionId, completion.invocationId),
        'It answered what another connection was asked.',
      );
    }
    if (completion.error !== undefined) invocation.fail(new HubError(completion.error));
    else if (completion.unbindable) invocation.fail(new HubError(errorTexts.unreadable('The result')));
    else invocation.succeed(completion.result);
    return true;
  }

  /** Whether this client has been invoked with that id, however long ago. */
  hasInvoked(recipient: Recipient, id: string): boolean {
    const client = this.#invoked.get(recipient);
    const number = /^s([1-9]\d{0,14})-/.exec(id)?.[1];
    return client !== undefined && Number(number) <= client.count && id === idOf(Number(number), recipient);
  }

  /** Rejects all pending invocations of a connection that ends. */
  abortInvocationsOf(recipient: Recipient): void {
    const client = this.#invoked.get(recipient);
    if (client === undefined) return;
    this.#invoked.delete(recipient);
    for (const invocation of client.pending) {
      invocation.fail(new DisconnectedError(errorTexts.connectionDisconnected(recipient.connectionId)));
    }
  }

  #forget(invocation: PendingResult): void {
    this.#pending.delete(invocation.id);
    this.#invoked.get(invocation.recipient)?.pending.delete(invocation);
  }
}

function idOf(number: number, { connectionId }: Recipient): string {
  return `s${number}-${connectionId}`;
}

/** A connection that has been invoked. */
interface InvokedClient {
  readonly pending: Set<PendingResult>;
  /** Number of its invocations so far; the next id is made of it. */
  count: number;
}

class PendingResult implements PendingInvocation {
  readonly id: string;
  readonly recipient: Recipient;
  readonly result: Promise<unknown>;
  readonly #settled: Deferred<unknown>;
  readonly #forget: (invocation: PendingResult) => void;
  #alarm: Alarm | undefined;
  #signal: AbortSignal | undefined;
  #unlisten: (() => void) | undefined;

  constructor(id: string, recipient: Recipient, forget: (invocation: PendingResult) => void) {
    this.id = id;
    this.recipient = recipient;
    this.#forget = forget;
    this.#settled = defer();
    this.result = unawaited(this.#settled.promise);
  }

  cancelAfter(alarms: Alarms, ms: number): void {
    this.#alarm = alarms.alarm(() => this.#cancel());
    this.#alarm.set(ms);
  }

  cancelOn(signal: AbortSignal): void {
    this.#signal = signal;
    this.#unlisten = onAbort(signal, () => this.#cancel());
  }

  succeed(result: unknown): void {
    this.#dispose();
    this.#settled.resolve(result);
  }

  fail(error: unknown): void {
    this.#dispose();
    this.#settled.reject(error);
  }

  #cancel(): void {
    this.fail(new HubError(errorTexts.invocationCanceled, { cause: this.#signal?.reason }));
  }

  /** The signal and the timer may live longer: neither may keep this object. */
  #dispose(): void {
    this.#alarm?.clear();
    this.#unlisten?.();
    this.#forget(this);
  }
}
