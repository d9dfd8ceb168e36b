import type { Alarm } from '../clock.ts';
import { closeReason } from '../protocol/close.ts';
import { type KeepAlive, type KeepAliveParts, silentFor } from './keep-alive.ts';

/**
 * Keep-alive by pings of the transport, for protocols without pings of their own. The server pings, and the client
 * answers without knowing. A client is silent when it has sent nothing for `clientTimeoutMs` and has not answered a
 * ping.
 */
export class TransportKeepAlive implements KeepAlive {
  readonly #parts: KeepAliveParts;
  readonly #ping: Alarm;
  /** Set while a ping is not answered. */
  readonly #silence: Alarm;
  #heardAt = 0;

  constructor(parts: KeepAliveParts) {
    this.#parts = parts;
    this.#ping = parts.alarms.punctual(() => this.#pingDue());
    this.#silence = parts.alarms.alarm(() => this.#checkSilence());
    this.start();
  }

  start(): void {
    this.#heardAt = this.#parts.alarms.now();
    this.#ping.set(this.#parts.options.keepAliveIntervalMs);
  }

  stop(): void {
    this.#ping.clear();
    this.#silence.clear();
  }

  heard(): void {
    this.#heardAt = this.#parts.alarms.now();
    this.#silence.clear();
  }

  pinged(): void {
    this.heard();
  }

  #pingDue(): void {
    const { clientTimeoutMs, keepAliveIntervalMs } = this.#parts.options;
    this.#ping.set(keepAliveIntervalMs);
    if (!this.#silence.isSet) {
      // Pings may be rarer than the limit: the answer to this one has time, too.
      const left = this.#heardAt + clientTimeoutMs - this.#parts.alarms.now();
      this.#silence.set(Math.max(left, Math.min(clientTimeoutMs, keepAliveIntervalMs)));
    }
    this.#parts.report({ type: 'keepAlive.due' });
  }

  #checkSilence(): void {
    const { clientTimeoutMs } = this.#parts.options;
    if (this.#parts.isReadingPaused()) {
      this.#silence.set(clientTimeoutMs);
      return;
    }
    const error = new Error(silentFor(clientTimeoutMs));
    this.#parts.report({ type: 'connection.ended', reason: closeReason('client-timeout', { error }) });
  }
}
