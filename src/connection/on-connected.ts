import type { Alarm, Alarms } from '../clock.ts';
import { asError, HubError, isA, loggable, RefusedError } from '../errors.ts';
import type { ClientResultWaiter } from '../hub/client-result-waiter.ts';
import { HubScope } from '../hub/hub-scope.ts';
import { type Deferred, defer, isPromiseLike, promiseOf } from '../promises.ts';
import { closeReason } from '../protocol/close.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { Report } from './lifecycle-event.ts';
import type { SessionCaller } from './session-caller.ts';

/**
 * A hub's `onConnected` for one connection, and its outcome. It has the time limit of a call (`invocationTimeoutMs`).
 * Its outcome after that is ignored.
 */
export class OnConnected implements ClientResultWaiter {
  readonly #caller: SessionCaller;
  readonly #alarms: Alarms;
  readonly #report: Report;
  #outcome: 'none' | 'pending' | 'connected' | 'failed' = 'none';
  #scope: HubScope | undefined;
  #limit: Alarm | undefined;
  #settled: Deferred<void> | undefined;

  constructor(caller: SessionCaller, alarms: Alarms, report: Report) {
    this.#caller = caller;
    this.#alarms = alarms;
    this.#report = report;
  }

  /** Whether `onConnected` has resolved in time. `onDisconnected` runs if and only if it has. */
  get hasConnected(): boolean {
    return this.#outcome === 'connected';
  }

  /** Runs `onConnected`, and reports `connect.succeeded` or `connect.failed`. */
  begin(): void {
    const { hub } = this.#caller;
    this.#outcome = 'pending';
    let result: unknown;
    try {
      this.#caller.state = hub.stateOfConnection(this.#caller);
      this.#scope = new HubScope(this.#caller);
      this.#scope.setWaiter(this);
      result = hub.connect(this.#scope.hub);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (!isPromiseLike(result)) {
      this.#succeed();
      return;
    }
    this.#limitTime();
    promiseOf(result).then(
      () => this.#succeed(),
      (error: unknown) => this.#fail(error),
    );
  }

  /**
   * Refuses client results in `onConnected`, as ASP.NET Core SignalR does: nothing is read before it is done.
   *
   * @throws {RefusedError}
   */
  suspend(): void {
    if (this.#outcome === 'pending') throw new RefusedError(errorTexts.clientResultsInOnConnected);
  }
  resume(): void {}

  /** Resolves when the outcome is known. */
  settled(): Promise<void> {
    if (this.#outcome !== 'pending') return Promise.resolve();
    this.#settled ??= defer();
    return this.#settled.promise;
  }

  /** Counts a running `onConnected` as failed: the connection closes and waits no longer. */
  abandon(): void {
    if (this.#outcome !== 'pending') return;
    this.#scope?.expire('The connection has ended before onConnected was done; its hub is closed.');
    this.#settle('failed');
  }

  #limitTime(): void {
    const { hub, connectionId } = this.#caller;
    const ms = hub.options.invocationTimeoutMs;
    if (ms === 0) return;
    this.#limit = this.#alarms.alarm(() => {
      this.#scope?.expire(`onConnected took longer than ${ms} ms; its hub is closed.`);
      hub.log.warn({ connectionId, invocationTimeoutMs: ms }, 'onConnected took longer than invocationTimeoutMs');
      this.#end(new HubError(`It took longer than ${ms} ms.`));
    });
    this.#limit.set(ms);
  }

  #succeed(): void {
    if (this.#outcome !== 'pending') return;
    this.#settle('connected');
    this.#report({ type: 'connect.succeeded' });
  }

  #fail(error: unknown): void {
    const { hub, connectionId } = this.#caller;
    if (this.#outcome !== 'pending') return;
    if (isA(HubError, error)) hub.log.refused('connect-refused')?.({ connectionId });
    else hub.log.warn({ error: loggable(error), connectionId }, 'onConnected failed');
    this.#end(error);
  }

  #end(error: unknown): void {
    this.#settle('failed');
    this.#report({ type: 'connect.failed', reason: closeReason('connect-failed', { error: asError(error) }) });
  }

  #settle(outcome: 'connected' | 'failed'): void {
    this.#outcome = outcome;
    this.#scope = undefined;
    this.#limit?.clear();
    this.#limit = undefined;
    this.#settled?.resolve();
  }
}
