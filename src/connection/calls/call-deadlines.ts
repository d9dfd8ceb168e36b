import type { Alarm, Alarms } from '../../clock.ts';
import type { Invocation } from './invocation.ts';

/** The calls of one connection that have begun and not ended, and one alarm for those that take too long. */
export class CallDeadlines {
  readonly #alarms: Alarms;
  readonly #expired: (call: Invocation) => void;
  readonly #calls = new Set<Invocation>();
  readonly #alarm: Alarm;
  #alarmAt = 0;

  /** @param expired A call whose time is over; it is not among them any more, unless it streams: that has to let go first. */
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

  /** @returns false when it is not there any more. */
  remove(call: Invocation): boolean {
    return this.#calls.delete(call);
  }

  /** Its time stands still. */
  suspend(call: Invocation): void {
    call.leftMs = call.deadline - this.#alarms.now();
    call.deadline = Number.POSITIVE_INFINITY;
  }

  resume(call: Invocation): void {
    if (call.leftMs !== Number.POSITIVE_INFINITY) this.#limit(call, call.leftMs);
  }

  /** No alarm may outlive the connection. */
  dispose(): void {
    this.#alarm.clear();
  }

  #limit(call: Invocation, ms: number): void {
    call.deadline = this.#alarms.now() + ms;
    // An alarm set for an earlier call is as good, since it looks again: a call costs none of its own, as a rule.
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
