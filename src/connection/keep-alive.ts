import type { Alarm, Alarms } from '../clock.ts';
import { closeReason } from '../protocol/close.ts';
import type { Report } from './lifecycle-event.ts';

export interface KeepAliveParts {
  readonly alarms: Alarms;
  readonly options: { readonly keepAliveIntervalMs: number; readonly clientTimeoutMs: number };
  readonly report: Report;
  /** Whether the server has paused reading: then it causes the silence itself. */
  readonly isReadingPaused: () => boolean;
}

/**
 * Two timers of a session: one for the server's pings, one for a silent client. As in ASP.NET Core SignalR the second
 * starts with the client's first ping, because clients that never ping are legal.
 */
export class KeepAlive {
  readonly #parts: KeepAliveParts;
  readonly #ping: Alarm;
  /** undefined before the client's first ping. */
  #silence: Alarm | undefined;
  #heardAt = 0;
  #isStopped = true;

  constructor(parts: KeepAliveParts) {
    this.#parts = parts;
    this.#ping = parts.alarms.punctual(() => this.#pingDue());
    this.start();
  }

  /** Starts both timers, also again after `stop`. */
  start(): void {
    this.#isStopped = false;
    this.#ping.set(this.#parts.options.keepAliveIntervalMs);
    if (this.#silence !== undefined) this.pinged();
  }

  /** Starts the timer of the silent client. Called at each of its pings. */
  pinged(): void {
    if (this.#isStopped || this.#silence?.isSet) return;
    const { alarms, options } = this.#parts;
    this.#heardAt = alarms.now();
    this.#silence ??= alarms.alarm(() => this.#checkSilence());
    this.#silence.set(options.clientTimeoutMs);
  }

  /** Records that the client has sent something, or that reading goes on. Sets no alarm: the next check uses it. */
  heard(): void {
    if (this.#silence?.isSet) this.#heardAt = this.#parts.alarms.now();
  }

  /** Stops both timers: the session closes, or has lost its transport. Pings that are still parsed start none. */
  stop(): void {
    this.#isStopped = true;
    this.#ping.clear();
    this.#silence?.clear();
  }

  #pingDue(): void {
    const { options, report } = this.#parts;
    this.#ping.set(options.keepAliveIntervalMs);
    report({ type: 'keepAlive.due' });
  }

  #checkSilence(): void {
    const { alarms, isReadingPaused, options, report } = this.#parts;
    const { clientTimeoutMs } = options;
    const now = alarms.now();
    if (isReadingPaused()) this.#heardAt = now;
    const left = this.#heardAt + clientTimeoutMs - now;
    if (left > 0) {
      this.#silence?.set(left);
      return;
    }
    const text = `Client hasn't sent a message/ping within ${clientTimeoutMs} ms (clientTimeoutMs).`;
    report({ type: 'connection.ended', reason: closeReason('client-timeout', { error: new Error(text) }) });
  }
}
