import type { Alarm, Alarms } from '../clock.ts';
import type { ResolvedHubOptions } from '../hub/hub-options.ts';
import { closeReason } from '../protocol/close.ts';
import type { Report } from './lifecycle-event.ts';

type KeepAliveOptions = Pick<ResolvedHubOptions, 'keepAliveIntervalMs' | 'clientTimeoutMs'>;

/**
 * Two timers of a session: one for the server's pings, one for a silent client. As in ASP.NET Core SignalR the second
 * starts with the client's first ping, because clients that never ping are legal.
 */
export class KeepAlive {
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

  /** Starts both timers, also again after `stop`. */
  start(): void {
    this.#isStopped = false;
    this.#ping.set(this.#options.keepAliveIntervalMs);
    if (this.#silence !== undefined) this.pinged();
  }

  /** Starts the timer of the silent client. Called at each of its pings. */
  pinged(): void {
    if (this.#isStopped || this.#silence?.isSet) return;
    this.#heardAt = this.#alarms.now();
    this.#silence ??= this.#alarms.alarm(() => this.#checkSilence());
    this.#silence.set(this.#options.clientTimeoutMs);
  }

  /** Records that the client has sent something, or that reading goes on. Sets no alarm: the next check uses it. */
  heard(): void {
    if (this.#silence?.isSet) this.#heardAt = this.#alarms.now();
  }

  /** Stops both timers: the session closes, or has lost its transport. Pings that are still parsed start none. */
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
    const text = `Client hasn't sent a message/ping within ${clientTimeoutMs} ms (clientTimeoutMs).`;
    this.#report({ type: 'connection.ended', reason: closeReason('client-timeout', { error: new Error(text) }) });
  }
}
