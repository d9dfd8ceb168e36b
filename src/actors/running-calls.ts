import type { Alarm, Alarms } from '../clock.ts';
import type { NamedMethod } from '../hub/dispatcher.ts';
import type { HubView } from '../hub/hub-view.ts';
import { promiseOf } from '../promises.ts';

/** A call whose method has returned a promise. */
export interface RunningCall {
  readonly invocationId: string | undefined;
  readonly method: NamedMethod;
  readonly view: HubView;
  /** How long it may take, in milliseconds; 0: as long as it likes. */
  readonly limitMs: number;
}

/** Who hears how a running call ended: exactly one of the first three for each, then `late` if its promise settles after all. */
export interface RunningCallsListener {
  resolved(call: RunningCall, value: unknown): void;
  rejected(call: RunningCall, error: unknown): void;
  expired(call: RunningCall): void;
  late(call: RunningCall): void;
}

/** The calls of one connection that have begun and not ended, and the clock for those that take too long. */
export class RunningCalls {
  readonly #alarms: Alarms;
  readonly #listener: RunningCallsListener;
  /** With the moment at which each has to be done; Infinity: whenever. */
  readonly #deadlines = new Map<RunningCall, number>();
  readonly #alarm: Alarm;
  #alarmAt = 0;

  constructor(alarms: Alarms, listener: RunningCallsListener) {
    this.#alarms = alarms;
    this.#listener = listener;
    this.#alarm = alarms.alarm(() => this.#expire());
  }

  follow(call: RunningCall, result: PromiseLike<unknown>): void {
    const deadline = call.limitMs === 0 ? Number.POSITIVE_INFINITY : this.#alarms.now() + call.limitMs;
    this.#deadlines.set(call, deadline);
    // An alarm set for an earlier call is as good, since it looks again: a call costs none of its own, as a rule.
    if (call.limitMs !== 0 && (!this.#alarm.isSet || deadline < this.#alarmAt)) this.#watch(deadline);
    promiseOf(result).then(
      (value) => {
        if (this.#deadlines.delete(call)) this.#listener.resolved(call, value);
        else this.#listener.late(call);
      },
      (error: unknown) => {
        if (this.#deadlines.delete(call)) this.#listener.rejected(call, error);
        else this.#listener.late(call);
      },
    );
  }

  /** The client is no longer interested in the answer; the method may listen to its signal. */
  cancel(invocationId: string): boolean {
    for (const call of this.#deadlines.keys()) {
      if (call.invocationId !== invocationId) continue;
      call.view.cancel();
      return true;
    }
    return false;
  }

  /** No alarm may outlive the connection. */
  dispose(): void {
    this.#alarm.clear();
  }

  #expire(): void {
    const now = this.#alarms.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [call, deadline] of [...this.#deadlines]) {
      if (deadline > now) next = Math.min(next, deadline);
      else if (this.#deadlines.delete(call)) this.#listener.expired(call);
    }
    if (next !== Number.POSITIVE_INFINITY) this.#watch(next);
  }

  #watch(deadline: number): void {
    this.#alarmAt = deadline;
    this.#alarm.set(deadline - this.#alarms.now());
  }
}
