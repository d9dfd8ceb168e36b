import type { Alarm, Alarms } from '../clock.ts';

/** How long a client may take to finish what it has begun: a WebSocket message, a record, the body of a POST. */
export const UNFINISHED_MS = 30_000;

/**
 * The time that a client has for one thing that it has begun. Nothing else that it sends prolongs it, and it passes only
 * while we read: what we do not read nobody can finish.
 */
export class UnfinishedLimit {
  readonly #alarms: Alarms;
  readonly #alarm: Alarm;
  #isRunning = false;
  #isPaused = false;
  #leftMs = UNFINISHED_MS;
  /** Since when `leftMs` has been passing. */
  #since = 0;

  constructor(alarms: Alarms, expired: () => void) {
    this.#alarms = alarms;
    this.#alarm = alarms.alarm(expired);
  }

  /**
   * Something is unfinished.
   *
   * @param isAnother It was begun after what was unfinished before had been finished: it has its own time.
   */
  begin(isAnother: boolean): void {
    if (this.#isRunning && !isAnother) return;
    this.#isRunning = true;
    this.#leftMs = UNFINISHED_MS;
    this.#pass();
  }

  /** Nothing is unfinished any more, or nobody waits for it. */
  clear(): void {
    this.#isRunning = false;
    this.#alarm.clear();
  }

  /** We read no more. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    if (this.#isRunning) this.#leftMs -= this.#alarms.now() - this.#since;
    this.#alarm.clear();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#isRunning) this.#pass();
  }

  #pass(): void {
    if (this.#isPaused) return;
    this.#since = this.#alarms.now();
    this.#alarm.set(this.#leftMs);
  }
}
