import type { Alarm, Alarms } from '../clock.ts';
import type { Outlet } from './lane-parts.ts';

/** Number of checks within `stallMs`. */
const CHECKS = 4;

/**
 * Watches a socket that should take bytes. It is stalled after `stallMs` without progress, while a transport is
 * attached.
 */
export class StallWatch {
  readonly #outlet: Outlet;
  readonly #stallMs: number;
  readonly #stalled: () => void;
  readonly #alarm: Alarm;
  #progress = 0;
  #idleChecks = 0;

  constructor(outlet: Outlet, stallMs: number, alarms: Alarms, stalled: () => void) {
    this.#outlet = outlet;
    this.#stallMs = stallMs;
    this.#stalled = stalled;
    this.#alarm = alarms.alarm(() => this.#check());
  }

  get isWatching(): boolean {
    return this.#alarm.isSet;
  }

  start(): void {
    this.#progress = this.#outlet.progress;
    this.#idleChecks = 0;
    this.#alarm.set(this.#stallMs / CHECKS);
  }

  stop(): void {
    this.#alarm.clear();
  }

  #check(): void {
    const { progress, isAttached } = this.#outlet;
    this.#idleChecks = isAttached && progress === this.#progress ? this.#idleChecks + 1 : 0;
    this.#progress = progress;
    if (this.#idleChecks < CHECKS) this.#alarm.set(this.#stallMs / CHECKS);
    else this.#stalled();
  }
}
