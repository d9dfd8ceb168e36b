import type { Alarm, Alarms } from '../clock.ts';
import type { ResolvedSlowConsumer } from '../hub/slow-consumer-options.ts';
import type { Outlet } from './lane-parts.ts';
import { StallWatch } from './stall-watch.ts';

/**
 * The time limit that a client has exceeded: `stallMs` without taking a byte, or `graceMs` over the limits of its lane.
 */
export type TimeLimit = 'stall' | 'grace';

/**
 * Measures the time that a client with a congested socket has. A burst of one turn exceeds the limits of a lane before
 * the socket could take any of it, so that alone does not mean that the client is slow. The limits apply when the lane
 * has been over one of them for `graceMs`, or when it is over one and the socket has taken nothing for as long. After
 * that grace time there is no other one until everything is written.
 */
export class SlowConsumerWatch {
  readonly #outlet: Outlet;
  readonly #graceMs: number;
  readonly #alarms: Alarms;
  readonly #stall: StallWatch;
  readonly #grace: Alarm;
  #isGraceOver: boolean;
  #since = 0;
  #progress = 0;

  /** @param expired Called with the time limit that the client has exceeded. */
  constructor(outlet: Outlet, limits: ResolvedSlowConsumer, alarms: Alarms, expired: (limit: TimeLimit) => void) {
    this.#outlet = outlet;
    this.#graceMs = limits.graceMs;
    this.#alarms = alarms;
    this.#isGraceOver = limits.graceMs === 0;
    this.#stall = new StallWatch(outlet, limits.stallMs, alarms, () => expired('stall'));
    this.#grace = alarms.alarm(() => {
      this.#isGraceOver = true;
      expired('grace');
    });
  }

  get isOn(): boolean {
    return this.#stall.isWatching;
  }
  /** Whether the grace time is over: the limits apply. */
  get isGraceOver(): boolean {
    return this.#isGraceOver;
  }

  /** Milliseconds since the beginning; 0: it is not on. */
  get ms(): number {
    return this.isOn ? this.#alarms.now() - this.#since : 0;
  }

  /** Begins: the socket is congested from now on. */
  start(): void {
    this.#stall.start();
    this.#since = this.#alarms.now();
    this.#progress = this.#outlet.progress;
  }

  /** More waits than the limits allow. @returns whether the grace time is over already. */
  overLimits(): boolean {
    if (this.#isGraceOver || this.#grace.isSet) return this.#isGraceOver;
    const ms = this.#alarms.now() - this.#since;
    if (ms < this.#graceMs || this.#outlet.progress !== this.#progress) this.#grace.set(this.#graceMs);
    else this.#isGraceOver = true;
    return this.#isGraceOver;
  }

  /** No more waits than the limits allow. */
  withinLimits(): void {
    this.#grace.clear();
  }

  /** Begins a time limit anew: the time that has passed was not the client's. */
  restart(limit: TimeLimit): void {
    if (limit === 'stall') this.#stall.start();
    else {
      this.#isGraceOver = this.#graceMs === 0;
      this.#grace.set(this.#graceMs);
    }
  }

  /** Ends: everything is written, or the transport is lost. */
  stop(): void {
    this.#stall.stop();
    this.#grace.clear();
    this.#isGraceOver = this.#graceMs === 0;
  }
}
