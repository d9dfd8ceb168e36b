import type { Alarm } from '../clock.ts';
import { closeReason } from '../protocol/close.ts';
import { type KeepAlive, type KeepAliveParts, silentFor } from './keep-alive.ts';

/**
 * Keep-alive by pings that are records, of both sides. As in ASP.NET Core SignalR the timer for a silent client starts
 * with the client's first ping, because clients that never ping are legal.
 */
export class RecordKeepAlive implements KeepAlive {
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

  start(): void {
    this.#isStopped = false;
    this.#ping.set(this.#parts.options.keepAliveIntervalMs);
    if (this.#silence !== undefined) this.pinged();
  }

  /** Starts the timer of the silent client. */
  pinged(): void {
    if (this.#isStopped || this.#silence?.isSet) return;
    const { alarms, options } = this.#parts;
    this.#heardAt = alarms.now();
    this.#silence ??= alarms.alarm(() => this.#checkSilence());
    this.#silence.set(options.clientTimeoutMs);
  }

  /** Sets no alarm: the next check uses it. */
  heard(): void {
    if (this.#silence?.isSet) this.#heardAt = this.#parts.alarms.now();
  }

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
    const { alarms, report } = this.#parts;
    const { clientTimeoutMs } = this.#parts.options;
    const now = alarms.now();
    if (this.#parts.isReadingPaused()) this.#heardAt = now;
    const left = this.#heardAt + clientTimeoutMs - now;
    if (left > 0) {
      this.#silence?.set(left);
      return;
    }
    const error = new Error(silentFor(clientTimeoutMs));
    report({ type: 'connection.ended', reason: closeReason('client-timeout', { error }) });
  }
}
