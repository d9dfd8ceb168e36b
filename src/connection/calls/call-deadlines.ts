import type { Alarm, Alarms } from '../../clock.ts';
import type { Invocation } from './invocation.ts';

/** Running calls of one connection, and one alarm for all their time limits. */
export class CallDeadlines {
  readonly #alarms: Alarms;
  readonly #expired: (call: Invocation) => void;
  readonly #calls = new Set<Invocation>();
  readonly #alarm: Alarm;
  #alarmAt = 0;
  #isDisposed = false;

  /**
   * @param expired Called for each call that is past its deadline. The call is removed before, unless it streams: then
   * it stays until its stream is released.
   */
  constructor(alarms: Alarms, expired: (call: Invocation) => void) {
    this.#alarms = alarms;
    this.#expired = expired;
    this.#alarm = alarms.alarm(() => this.#expire());
  }

  calls(): IterableIterator<Invocation> {
    return this.#calls.values();
  }

  has(call: Invocation): boolean {
    return this.#calls.has(call);
  }

  add(call: Invocation): void {
    this.#calls.add(call);
    if (call.limitMs !== 0) this.#limit(call, call.limitMs);
  }

  /** @returns false when the call is not there any more. */
  remove(call: Invocation): boolean {
    return this.#calls.delete(call);
  }

  /** Stops the time of a call. */
  suspend(call: Invocation): void {
    call.leftMs = call.deadline - this.#alarms.now();
    call.deadline = Number.POSITIVE_INFINITY;
  }

  /** Lets the time of a suspended call go on. */
  resume(call: Invocation): void {
    if (call.leftMs !== Number.POSITIVE_INFINITY) this.#limit(call, call.leftMs);
  }

  /** Clears the alarm: it must not outlive the connection. A suspended call may still go on. */
  dispose(): void {
    this.#isDisposed = true;
    this.#alarm.clear();
  }

  #limit(call: Invocation, ms: number): void {
    call.deadline = this.#alarms.now() + ms;
    // An earlier alarm does as well, since it checks all calls: most calls set no alarm.
    if (this.#isDisposed) return;
    if (!this.#alarm.isSet || call.deadline < this.#alarmAt) this.#watch(call.deadline);
  }

  #expire(): void {
    const now = this.#alarms.now();
    let next = Number.POSITIVE_INFINITY;
    for (const call of [...this.#calls]) {
      if (call.deadline > now) {
        next = Math.min(next, call.deadline);
        continue;
      }
      call.deadline = Number.POSITIVE_INFINITY;
      if (call.stream === undefined) this.#calls.delete(call);
      this.#expired(call);
    }
    if (next !== Number.POSITIVE_INFINITY) this.#watch(next);
  }

  #watch(deadline: number): void {
    this.#alarmAt = deadline;
    this.#alarm.set(deadline - this.#alarms.now());
  }
}
