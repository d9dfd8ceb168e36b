import type { Alarms } from '../clock.ts';
import type { ResolvedHubOptions } from '../hub/hub-options.ts';
import type { Report } from './lifecycle-event.ts';

/** Parts of a session that its keep-alive uses. */
export interface KeepAliveParts {
  readonly alarms: Alarms;
  readonly options: Pick<ResolvedHubOptions, 'keepAliveIntervalMs' | 'clientTimeoutMs'>;
  readonly report: Report;
  /** Whether the server has paused reading: then it causes the silence itself. */
  isReadingPaused(): boolean;
}

/** Timers of a session: one for the server's pings, and one for a client that is silent. They run from the start. */
export interface KeepAlive {
  /** Starts them again after `stop`. */
  start(): void;
  /** Stops them: the session closes, or has lost its transport. Pings that are still parsed start none. */
  stop(): void;
  /** Records that the client has sent something, or that reading goes on. */
  heard(): void;
  /** The client has sent a ping, which is a record. */
  pinged(): void;
}

/** Error text of a client that was silent for too long. */
export function silentFor(clientTimeoutMs: number): string {
  return `Client hasn't sent a message/ping within ${clientTimeoutMs} ms (clientTimeoutMs).`;
}
