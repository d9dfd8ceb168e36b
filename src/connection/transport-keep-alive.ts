import type { Alarm, Alarms } from '../clock.ts';
import { closeReason } from '../protocol/close.ts';
import { type KeepAlive, type KeepAliveOptions, silentFor } from './keep-alive.ts';
import type { Report } from './lifecycle-event.ts';

/**
 * Keep-alive by pings of the transport, for protocols without pings of their own. The server pings, and the client
 * answers without knowing. A client is silent when it has sent nothing for `clientTimeoutMs` and has not answered a
 * ping.
 */
export class TransportKeepAlive implements KeepAlive {
  readonly #alarms: Alarms;
  readonly #options: KeepAliveOptions;
  readonly #report: Report;
  readonly #isReadingPaused: () => boolean;
  readonly #ping: Alarm;
  /** Set while a ping is not answered. */
  readonly #silence: Alarm;
  #heardAt = 0;

  /** @param isReadingPaused Whether the server has paused reading: then it causes the silence itself. */
  constructor(alarms: Alarms, options: KeepAliveOptions, report: Report, isReadingPaused: () => boolean) {
    this.#alarms = alarms;
    this.#options = options;
    this.#report = report;
    this.#isReadingPaused = isReadingPaused;
    this.#ping = alarms.punctual(() => this.#pingDue());
    this.#silence = alarms.alarm(() => this.#checkSilence());
    this.start();
  }

  start(): void {
    this.#heardAt = this.#alarms.now();
    this.#ping.set(this.#options.keepAliveIntervalMs);
  }

  stop(): void {
    this.#ping.clear();
    this.#silence.clear();
  }

  heard(): void {
    this.#heardAt = this.#alarms.now();
    this.#silence.clear();
  }

  pinged(): void {
    this.heard();
  }

  #pingDue(): void {
    const { clientTimeoutMs, keepAliveIntervalMs } = this.#options;
    this.#ping.set(keepAliveIntervalMs);
    if (!this.#silence.isSet) {
      // Pings may be rarer than the limit: the answer to this one has time, too.
      const left = this.#heardAt + clientTimeoutMs - this.#alarms.now();
      this.#silence.set(Math.max(left, Math.min(clientTimeoutMs, keepAliveIntervalMs)));
    }
    this.#report({ type: 'keepAlive.due' });
  }

  #checkSilence(): void {
    const { clientTimeoutMs } = this.#options;
    if (this.#isReadingPaused()) {
      this.#silence.set(clientTimeoutMs);
      return;
    }
    const error = new Error(silentFor(clientTimeoutMs));
    this.#report({ type: 'connection.ended', reason: closeReason('client-timeout', { error }) });
  }
}
