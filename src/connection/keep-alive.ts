import type { Alarm, Alarms } from '../clock.ts';

/** Whom a connection's clocks tell. */
export interface KeepAliveListener {
  keepAliveDue(): void;
  clientSilent(): void;
  /** While true, the client's silence is ours: we do not read, or it waits for its turn. */
  readonly isHoldingUp: boolean;
}

/**
 * The two clocks of a connection: when to ping, and when a client has been silent for too long. As in the original the
 * second begins with the client's first ping, since clients that never ping are legal.
 */
export class KeepAlive {
  readonly #alarms: Alarms;
  readonly #listener: KeepAliveListener;
  readonly #keepAliveMs: number;
  readonly #clientTimeoutMs: number;
  readonly #keepAlive: Alarm;
  /** There is none before the client's first ping. */
  #silence: Alarm | undefined;
  #heardAt = 0;
  #isStopped = true;

  constructor(
    alarms: Alarms,
    options: { readonly keepAliveIntervalMs: number; readonly clientTimeoutMs: number },
    listener: KeepAliveListener,
  ) {
    this.#alarms = alarms;
    this.#listener = listener;
    this.#keepAliveMs = options.keepAliveIntervalMs;
    this.#clientTimeoutMs = options.clientTimeoutMs;
    this.#keepAlive = alarms.punctual(() => this.#ping());
    this.start();
  }

  /** Also after a pause: the client has been heard just now. */
  start(): void {
    this.#isStopped = false;
    this.#keepAlive.set(this.#keepAliveMs);
    if (this.#silence !== undefined) this.pinged();
  }

  /** A ping of the client. */
  pinged(): void {
    if (this.#isStopped || this.#silence?.isSet) return;
    this.#heardAt = this.#alarms.now();
    this.#silence ??= this.#alarms.alarm(() => this.#listen());
    this.#silence.set(this.#clientTimeoutMs);
  }

  /** The client has said something, or is no longer held up. Costs no alarm: the next look sees it. */
  heard(): void {
    if (this.#silence?.isSet) this.#heardAt = this.#alarms.now();
  }

  /** The end has begun, or the transport is lost; mail that is still read sets no clock any more. */
  stop(): void {
    this.#isStopped = true;
    this.#keepAlive.clear();
    this.#silence?.clear();
  }

  #ping(): void {
    this.#keepAlive.set(this.#keepAliveMs);
    this.#listener.keepAliveDue();
  }

  #listen(): void {
    const now = this.#alarms.now();
    if (this.#listener.isHoldingUp) this.#heardAt = now;
    const left = this.#heardAt + this.#clientTimeoutMs - now;
    if (left > 0) this.#silence?.set(left);
    else this.#listener.clientSilent();
  }
}
