import type { ResolvedHubOptions } from '../hub/hub-options.ts';

export type KeepAliveOptions = Pick<ResolvedHubOptions, 'keepAliveIntervalMs' | 'clientTimeoutMs'>;

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
