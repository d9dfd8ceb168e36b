import type { Alarm, Alarms } from '../clock.ts';
import { closeReason } from '../protocol/close.ts';
import { type KeepAlive, type KeepAliveOptions, silentFor } from './keep-alive.ts';
import type { Report } from './lifecycle-event.ts';

/**
 * Keep-alive by pings that are records, of both sides. As in ASP.NET Core SignalR the timer for a silent client starts
 * with the client's first ping, because clients that never ping are legal.
 */
export class RecordKeepAlive implements KeepAlive {
  readonly #alarms: Alarms;
  readonly #options: KeepAliveOptions;
  readonly #report: Report;
  readonly #isReadingPaused: () => boolean;
  readonly #ping: Alarm;
  /** undefined before the client's first ping. */
  #silence: Alarm | undefined;
  #heardAt = 0;
  #isStopped = true;

  /** @param isReadingPaused Whether the server has paused reading: then it causes the silence itself. */
  constructor(alarms: Alarms, options: KeepAliveOptions, report: Report, isReadingPaused: () => boolean) {
    this.#alarms = alarms;
    this.#options = options;
    this.#report = report;
    this.#isReadingPaused = isReadingPaused;
    this.#ping = alarms.punctual(() => this.#pingDue());
    this.start();
  }

  start(): void {
    this.#isStopped = false;
    this.#ping.set(this.#options.keepAliveIntervalMs);
    if (this.#silence !== undefined) this.pinged();
  }

  /** Starts the timer of the silent client. */
  pinged(): void {
    if (this.#isStopped || this.#silence?.isSet) return;
    this.#heardAt = this.#alarms.now();
    this.#silence ??= this.#alarms.alarm(() => this.#checkSilence());
    this.#silence.set(this.#options.clientTimeoutMs);
  }

  /** Sets no alarm: the next check uses it. */
  heard(): void {
    if (this.#silence?.isSet) this.#heardAt = this.#alarms.now();
  }

  stop(): void {
    this.#isStopped = true;
    this.#ping.clear();
    this.#silence?.clear();
  }

  #pingDue(): void {
    this.#ping.set(this.#options.keepAliveIntervalMs);
    this.#report({ type: 'keepAlive.due' });
  }

  #checkSilence(): void {
    const { clientTimeoutMs } = this.#options;
    const now = this.#alarms.now();
    if (this.#isReadingPaused()) this.#heardAt = now;
    const left = this.#heardAt + clientTimeoutMs - now;
    if (left > 0) {
      this.#silence?.set(left);
      return;
    }
    const error = new Error(silentFor(clientTimeoutMs));
    this.#report({ type: 'connection.ended', reason: closeReason('client-timeout', { error }) });
  }
}
