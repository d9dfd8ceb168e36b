import type { ActorLogic, Snapshot } from 'xstate';
import type { Alarm, Alarms, Clock } from '../clock.ts';
import { loggable } from '../errors.ts';
import { HearingTime } from '../hearing-time.ts';
import type { Log } from '../log.ts';

/** Resolution of alarms, in milliseconds. */
const TICK_MS = 100;
/** One turn of the wheel is 102.4 s; alarms beyond that stay in their slot for another turn. */
const SLOTS = 1024;

/** An alarm is also a link of its slot's list: setting and clearing it allocates nothing. */
class WheelAlarm implements Alarm {
  previous: WheelAlarm | undefined;
  next: WheelAlarm | undefined;
  /** Tick at which it is checked; -1: it is not set. */
  due = -1;
  /** Moment before which it does not ring, in hearing time (`HearingTime`). */
  until = 0;
  readonly isPunctual: boolean;
  readonly ring: () => void;
  readonly #wheel: TimerWheel;

  constructor(wheel: TimerWheel, ring: () => void, isPunctual: boolean) {
    this.#wheel = wheel;
    this.ring = ring;
    this.isPunctual = isPunctual;
  }

  get isSet(): boolean {
    return this.due !== -1;
  }
  set(ms: number): void {
    this.#wheel.insert(this, ms);
  }
  clear(): void {
    this.#wheel.remove(this);
  }
}

/**
 * One timer for all alarms of a server: a hashed wheel (Varghese and Lauck, 1987, scheme 6). Setting an alarm is O(1).
 *
 * The wheel turns by the clock. An alarm that is not punctual is checked when its time is over by the clock. If the
 * server could not read for a part of that time (`HearingTime`), the alarm is set again for the rest.
 */
export class TimerWheel implements Alarms {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #origin: number;
  readonly #hearing: HearingTime;
  readonly #slots: (WheelAlarm | undefined)[] = new Array(SLOTS).fill(undefined);
  #tick = 0;
  #armed = 0;
  #timer: unknown;
  /** Callback of the timer. The actor replaces it: it sends itself an event, so that the inspector shows the ticks. */
  onTimer: () => void = () => this.advance();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#origin = clock.now();
    this.#hearing = new HearingTime(clock);
  }

  /** Number of set alarms. */
  get armed(): number {
    return this.#armed;
  }

  now(): number {
    return this.#hearing.now();
  }

  realNow(): number {
    return this.#clock.now();
  }

  wallNow(): number {
    return this.#clock.wallNow();
  }

  alarm(ring: () => void): Alarm {
    return new WheelAlarm(this, ring, false);
  }

  punctual(ring: () => void): Alarm {
    return new WheelAlarm(this, ring, true);
  }

  insert(alarm: WheelAlarm, ms: number): void {
    if (alarm.isSet) this.remove(alarm);
    if (this.#armed === 0) {
      // No alarm was set, so the wheel has not turned meanwhile.
      this.#tick = this.#tickOf(this.#clock.now());
      this.#hearing.begin();
    }
    alarm.until = this.#hearing.now() + ms;
    this.#link(alarm, ms);
    this.#timer ??= this.#clock.setTimeout(() => this.#onTimeout(), TICK_MS);
  }

  remove(alarm: WheelAlarm): void {
    if (!alarm.isSet) return;
    this.#unlink(alarm);
    if (this.#armed === 0) this.#hearing.rest();
  }

  /** Rings all alarms that are due. */
  advance(): void {
    this.#hearing.turn();
    const now = this.#tickOf(this.#clock.now());
    const from = Math.max(this.#tick + 1, now - SLOTS + 1);
    this.#tick = now;
    for (let tick = from; tick <= now; tick++) this.#ringSlot(tick % SLOTS, now);
    if (this.#armed > 0) this.#timer ??= this.#clock.setTimeout(() => this.#onTimeout(), TICK_MS);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #onTimeout(): void {
    this.#timer = undefined;
    this.onTimer();
  }

  #link(alarm: WheelAlarm, ms: number): void {
    const due = Math.max(this.#tick + 1, Math.ceil((this.#clock.now() + ms - this.#origin) / TICK_MS));
    const slot = due % SLOTS;
    const first = this.#slots[slot];
    alarm.due = due;
    alarm.next = first;
    if (first !== undefined) first.previous = alarm;
    this.#slots[slot] = alarm;
    this.#armed += 1;
  }

  #unlink(alarm: WheelAlarm): void {
    const { previous, next } = alarm;
    if (previous === undefined) this.#slots[alarm.due % SLOTS] = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    alarm.previous = undefined;
    alarm.next = undefined;
    alarm.due = -1;
    this.#armed -= 1;
  }

  /** First collects, then rings: an alarm may set and clear others of the same slot. */
  #ringSlot(slot: number, now: number): void {
    const due: WheelAlarm[] = [];
    for (let alarm = this.#slots[slot]; alarm !== undefined; alarm = alarm.next) if (alarm.due <= now) due.push(alarm);
    for (const alarm of due) {
      if (!alarm.isSet || alarm.due > now) continue;
      const left = this.#leftOf(alarm);
      if (left > 0) {
        this.#unlink(alarm);
        this.#link(alarm, left);
        continue;
      }
      this.remove(alarm);
      try {
        alarm.ring();
      } catch (error) {
        this.#log.error({ error: loggable(error) }, 'an alarm failed');
      }
    }
  }

  /** Milliseconds that an alarm still has to wait although its time is over by the clock. */
  #leftOf({ isPunctual, until }: WheelAlarm): number {
    if (isPunctual) return 0;
    return Math.max(until - this.#hearing.now(), this.#hearing.turnsToRead * TICK_MS);
  }

  #tickOf(now: number): number {
    return Math.floor((now - this.#origin) / TICK_MS);
  }
}

type WheelEvent = { readonly type: 'wheel.ticked' };
type WheelSnapshot = Snapshot<undefined> & { toJSON(): unknown };

/** Logic of the actor that turns the wheel. */
export function timerWheelLogic(wheel: TimerWheel): ActorLogic<WheelSnapshot, WheelEvent> {
  return {
    getInitialSnapshot: (scope) => {
      wheel.onTimer = () => scope.self.send({ type: 'wheel.ticked' });
      return {
        status: 'active',
        output: undefined,
        error: undefined,
        toJSON: () => ({ status: 'active', armed: wheel.armed }),
      };
    },
    transition: (snapshot, event) => {
      if (event.type === 'wheel.ticked') wheel.advance();
      return snapshot;
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}
