import type { ActorLogic, Snapshot } from 'xstate';
import type { Alarm, Alarms, Clock } from '../clock.ts';
import { loggable } from '../errors.ts';
import type { Log } from '../log.ts';

/** How exact alarms are. */
const TICK_MS = 100;
/** One turn of the wheel is 102.4 s; alarms beyond that stay in their slot for another turn. */
const SLOTS = 1024;
/** When the loop was blocked for so long, it first reads what has arrived meanwhile: perhaps nobody is late but us. */
const LATE_TICKS = 20;

/** An alarm is also a link of its slot's list: setting and clearing it allocates nothing. */
class WheelAlarm implements Alarm {
  previous: WheelAlarm | undefined;
  next: WheelAlarm | undefined;
  due = -1;
  readonly ring: () => void;
  readonly #wheel: TimerWheel;

  constructor(wheel: TimerWheel, ring: () => void) {
    this.#wheel = wheel;
    this.ring = ring;
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

/** All waiting of a server in one timer: a hashed wheel (Varghese and Lauck, 1987, scheme 6). Setting an alarm is O(1). */
export class TimerWheel implements Alarms {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #origin: number;
  readonly #slots: (WheelAlarm | undefined)[] = new Array(SLOTS).fill(undefined);
  #tick = 0;
  #armed = 0;
  #timer: unknown;
  #wasLate = false;
  /** What the timer does; the actor sends itself an event, so that the inspector sees time pass. */
  onTimer: () => void = () => this.advance();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#origin = clock.now();
  }

  /** How many alarms are set. */
  get armed(): number {
    return this.#armed;
  }

  now(): number {
    return this.#clock.now();
  }

  alarm(ring: () => void): Alarm {
    return new WheelAlarm(this, ring);
  }

  insert(alarm: WheelAlarm, ms: number): void {
    if (alarm.isSet) this.remove(alarm);
    // Nothing was set, so nobody has turned the wheel meanwhile.
    if (this.#armed === 0) this.#tick = this.#tickOf(this.#clock.now());
    const due = Math.max(this.#tick + 1, Math.ceil((this.#clock.now() + ms - this.#origin) / TICK_MS));
    alarm.due = due;
    const slot = due % SLOTS;
    const first = this.#slots[slot];
    alarm.next = first;
    if (first !== undefined) first.previous = alarm;
    this.#slots[slot] = alarm;
    this.#armed += 1;
    this.#timer ??= this.#clock.setTimeout(() => this.#onTimeout(), TICK_MS);
  }

  remove(alarm: WheelAlarm): void {
    if (!alarm.isSet) return;
    const { previous, next } = alarm;
    if (previous === undefined) this.#slots[alarm.due % SLOTS] = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    alarm.previous = undefined;
    alarm.next = undefined;
    alarm.due = -1;
    this.#armed -= 1;
  }

  /** Rings everything that is due by now. */
  advance(): void {
    const now = this.#tickOf(this.#clock.now());
    const isLate = now - this.#tick > LATE_TICKS;
    if (isLate && !this.#wasLate) {
      this.#wasLate = true;
      this.#timer = this.#clock.setTimeout(() => this.#onTimeout(), 0);
      return;
    }
    this.#wasLate = false;
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

  /** First collects, then rings: an alarm may set and clear others of the same slot. */
  #ringSlot(slot: number, now: number): void {
    const due: WheelAlarm[] = [];
    for (let alarm = this.#slots[slot]; alarm !== undefined; alarm = alarm.next) if (alarm.due <= now) due.push(alarm);
    for (const alarm of due) {
      if (!alarm.isSet || alarm.due > now) continue;
      this.remove(alarm);
      try {
        alarm.ring();
      } catch (error) {
        this.#log.error({ error: loggable(error) }, 'an alarm failed');
      }
    }
  }

  #tickOf(now: number): number {
    return Math.floor((now - this.#origin) / TICK_MS);
  }
}

type WheelEvent = { readonly type: 'wheel.ticked' };
type WheelSnapshot = Snapshot<undefined> & { toJSON(): unknown };

/** The actor that turns the wheel. */
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
