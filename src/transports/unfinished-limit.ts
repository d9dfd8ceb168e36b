import type { Alarm, Alarms } from '../clock.ts';

/** Time in which a client must finish a WebSocket message, a record or the body of a POST that it has begun. */
export const UNFINISHED_MS = 30_000;

/**
 * Time limit for one message that a client has begun. Nothing else that it sends prolongs the time. The time passes
 * only while the server reads: a client cannot finish a message that is not read.
 */
export class UnfinishedLimit {
  readonly #alarms: Alarms;
  readonly #alarm: Alarm;
  #isRunning = false;
  #isPaused = false;
  #leftMs = UNFINISHED_MS;
  /** Moment since which `leftMs` has been passing. */
  #since = 0;

  constructor(alarms: Alarms, expired: () => void) {
    this.#alarms = alarms;
    this.#alarm = alarms.alarm(expired);
  }

  /**
   * A message is unfinished.
   *
   * @param isAnother The message before it has been finished: this one has its own time.
   */
  begin(isAnother: boolean): void {
    if (this.#isRunning && !isAnother) return;
    this.#isRunning = true;
    this.#leftMs = UNFINISHED_MS;
    this.#pass();
  }

  /** No message is unfinished any more, or the end is no longer waited for. */
  clear(): void {
    this.#isRunning = false;
    this.#alarm.clear();
  }

  /** The server stops reading. */
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
