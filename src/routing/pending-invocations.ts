import type { Alarm, Alarms } from '../clock.ts';
import { DisconnectedError, HubError, ProtocolError, RefusedError } from '../errors.ts';
import type { InvokeOptions } from '../hub/routing.ts';
import { type Deferred, defer, unawaited } from '../promises.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { onAbort } from './abort-listeners.ts';
import type { PendingInvocation } from './pending-invocation.ts';

/** Largest number of invocations of one client that may wait for their results. */
export const MAXIMUM_PENDING_INVOCATIONS = 100;
/** Node's timers overflow beyond this. */
const LONGEST_MS = 2 ** 31 - 1;

/** An invoked connection, on this node or on another one. Compared by identity. */
export interface Invoked {
  readonly connectionId: string;
}

/** Outcome of an invocation: a result, or the text of an error. `unbindable`: a result that could not be read. */
export interface Outcome {
  readonly invocationId: string;
  readonly result?: unknown;
  readonly error?: string | undefined;
  readonly unbindable?: boolean | undefined;
}

/** Invocations of clients that wait for their results. Only the invoked connection can complete them. */
export class PendingInvocations<Client extends Invoked> {
  readonly #alarms: Alarms;
  readonly #pending = new Map<string, PendingResult<Client>>();
  /** By connection; one without any has no entry. */
  readonly #byClient = new Map<Client, Set<PendingResult<Client>>>();

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
  }

  get size(): number {
    return this.#pending.size;
  }

  has(id: string): boolean {
    return this.#pending.has(id);
  }

  ids(): IterableIterator<string> {
    return this.#pending.keys();
  }

  /**
   * @param newId Makes the id, once nothing can refuse the invocation any more.
   * @throws {RefusedError} when too many invocations of this client are pending, {TypeError} when an option is not
   *   valid, {HubError} when the signal has fired already.
   */
  begin(client: Client, newId: () => string, { timeoutMs = 0, signal }: InvokeOptions): PendingInvocation {
    if (!(Number.isInteger(timeoutMs) && timeoutMs >= 0 && timeoutMs <= LONGEST_MS)) {
      throw new TypeError(`timeoutMs must be a whole number from 0 to ${LONGEST_MS}, but it is ${String(timeoutMs)}.`);
    }
    if (signal !== undefined && typeof signal.addEventListener !== 'function') {
      throw new TypeError('signal must be an AbortSignal.');
    }
    if (signal?.aborted === true) throw new HubError(errorTexts.invocationCanceled, { cause: signal.reason });
    const ofClient = this.#byClient.get(client) ?? new Set();
    if (ofClient.size >= MAXIMUM_PENDING_INVOCATIONS) {
      throw new RefusedError(`${MAXIMUM_PENDING_INVOCATIONS} questions wait for an answer of this client already.`);
    }
    const invocation = new PendingResult(newId(), client, (settled) => this.#forget(settled));
    ofClient.add(invocation);
    this.#byClient.set(client, ofClient);
    this.#pending.set(invocation.id, invocation);
    if (timeoutMs > 0) invocation.cancelAfter(this.#alarms, timeoutMs);
    if (signal !== undefined) invocation.cancelOn(signal);
    return invocation;
  }

  /**
   * @returns false when no invocation with this id is pending (any more).
   * @throws {ProtocolError} when another connection was invoked.
   */
  complete(from: Client, { invocationId, error, result, unbindable }: Outcome): boolean {
    const invocation = this.#pending.get(invocationId);
    if (invocation === undefined) return false;
    if (invocation.client !== from) {
      throw new ProtocolError(
        errorTexts.wrongConnectionForInvocation(from.connectionId, invocationId),
        'It answered what another connection was asked.',
      );
    }
    if (error !== undefined) invocation.fail(new HubError(error));
    else if (unbindable === true) invocation.fail(new HubError(errorTexts.unreadable('The result')));
    else invocation.succeed(result);
    return true;
  }

  /** Rejects all pending invocations of a connection that ends. */
  abortAllOf(client: Client): void {
    for (const invocation of this.#byClient.get(client) ?? []) {
      invocation.fail(new DisconnectedError(errorTexts.connectionDisconnected(client.connectionId)));
    }
  }

  /** Rejects one of them. Does nothing when it is not pending. */
  fail(id: string, error: Error): void {
    this.#pending.get(id)?.fail(error);
  }

  #forget(invocation: PendingResult<Client>): void {
    this.#pending.delete(invocation.id);
    const ofClient = this.#byClient.get(invocation.client);
    ofClient?.delete(invocation);
    if (ofClient?.size === 0) this.#byClient.delete(invocation.client);
  }
}

/**
 * The id of an invocation.
 *
 * @param number Its own for this connection and node.
 * @param node Tag of the node that invokes, when it is not that of the connection.
 */
export function idOf(number: number, { connectionId }: { readonly connectionId: string }, node?: string): string {
  return node === undefined ? `s${number}-${connectionId}` : `s${number}.${node}-${connectionId}`;
}

class PendingResult<Client> implements PendingInvocation {
  readonly id: string;
  readonly client: Client;
  readonly result: Promise<unknown>;
  readonly #settled: Deferred<unknown>;
  readonly #forget: (invocation: PendingResult<Client>) => void;
  #alarm: Alarm | undefined;
  #signal: AbortSignal | undefined;
  #unlisten: (() => void) | undefined;

  constructor(id: string, client: Client, forget: (invocation: PendingResult<Client>) => void) {
    this.id = id;
    this.client = client;
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
