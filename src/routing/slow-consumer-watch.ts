import type { Alarm, Alarms } from '../clock.ts';
import type { ResolvedSlowConsumer } from '../hub/hub-options.ts';
import type { Outlet } from './lane-parts.ts';
import { StallWatch } from './stall-watch.ts';

/** What a client did not do in its time: take any byte ('stalled'), or come below the limits of its lane ('over'). */
export type Lateness = 'stalled' | 'over';

/**
 * Watches a client whose socket takes no more for now. A burst of one turn exceeds the limits of a lane before the socket could
 * take any of it, which says nothing about the client: so they apply when the lane has been over one for `graceMs`, or is over
 * one and the socket has taken nothing for as long. Whoever had that time has no other before all is written.
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

  /** @param late Hears of what the client did not do in its time. */
  constructor(outlet: Outlet, limits: ResolvedSlowConsumer, alarms: Alarms, expired: (what: Lateness) => void) {
    this.#outlet = outlet;
    this.#graceMs = limits.graceMs;
    this.#alarms = alarms;
    this.#isGraceOver = limits.graceMs === 0;
    this.#stall = new StallWatch(outlet, limits.stallMs, alarms, () => expired('stalled'));
    this.#grace = alarms.alarm(() => {
      this.#isGraceOver = true;
      expired('over');
    });
  }

  get isOn(): boolean {
    return this.#stall.isWatching;
  }
  /** Whether the limits apply: its time is over. */
  get isGraceOver(): boolean {
    return this.#isGraceOver;
  }

  /** The socket takes no more, from now on. */
  start(): void {
    this.#stall.start();
    this.#since = this.#alarms.now();
    this.#progress = this.#outlet.progress;
  }

  /** More waits than the limits allow. @returns whether that is too late already. */
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

  /** The time that has passed was not the client's: it begins anew. */
  renew(what: Lateness): void {
    if (what === 'stalled') this.#stall.start();
    else {
      this.#isGraceOver = this.#graceMs === 0;
      this.#grace.set(this.#graceMs);
    }
  }

  /** All is written, or nobody is there to take it. */
  stop(): void {
    this.#stall.stop();
    this.#grace.clear();
    this.#isGraceOver = this.#graceMs === 0;
  }
}
