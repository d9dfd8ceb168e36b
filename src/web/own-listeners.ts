import type { Server } from 'node:http';
import type { Transport } from '../transports/transport.ts';

/**
 * The HTTP servers that are ours to close. Sockets that are open stay open, and a successor can bind the port at once:
 * unless there are clients that come back with requests of their own, by a new socket perhaps. They need a way in until
 * they have heard everything, so then the port is left behind the last of them.
 */
export class OwnListeners {
  readonly #servers: Server[] = [];
  #returning = 0;
  #isStopping = false;

  add(http: Server): void {
    this.#servers.push(http);
  }

  /** A client has come, and has gone for good. */
  opened({ name }: Transport): void {
    if (name !== 'WebSockets') this.#returning += 1;
  }
  closed({ name }: Transport): void {
    if (name === 'WebSockets') return;
    this.#returning -= 1;
    if (this.#isStopping) this.stop();
  }

  /** Nobody new is wanted. */
  stop(): void {
    this.#isStopping = true;
    if (this.#returning > 0) return;
    for (const http of this.#servers) {
      http.close();
      http.closeIdleConnections();
    }
  }

  /** Whoever has not sent a whole request by now must not keep the process alive. */
  terminate(): void {
    for (const http of this.#servers) http.closeAllConnections();
  }
}
