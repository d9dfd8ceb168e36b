import type { Server } from 'node:http';
import { OptionsError } from '../errors.ts';
import type { Transport } from '../transports/transport.ts';

/**
 * HTTP servers that were made by `listen()`, and are closed with the server. When listening stops, open sockets stay
 * open and another process can bind the port at once. An exception are clients over Server-Sent Events and Long
 * Polling: their next request may need a new socket. While there are any, the port stays bound until the last of them
 * has ended.
 */
export class OwnListeners {
  readonly #servers: Server[] = [];
  #httpConnections = 0;
  #isListening = false;
  #isStopping = false;

  /** Begins to listen, once: again only when it has failed. @throws {OptionsError} when it listens, or is about to. */
  async once<T>(listen: () => Promise<T>): Promise<T> {
    if (this.#isListening) {
      throw new OptionsError(
        'listen: this server listens already, and does so once. For a second address, attach it to an HTTP server of yours.',
      );
    }
    this.#isListening = true;
    try {
      return await listen();
    } catch (error) {
      this.#isListening = false;
      throw error;
    }
  }

  add(http: Server): void {
    this.#servers.push(http);
  }

  /** Counts the connections that need further requests. */
  opened({ name }: Transport): void {
    if (name !== 'WebSockets') this.#httpConnections += 1;
  }
  closed({ name }: Transport): void {
    if (name === 'WebSockets') return;
    this.#httpConnections -= 1;
    if (this.#isStopping) this.stop();
  }

  /** Stops listening. */
  stop(): void {
    this.#isStopping = true;
    if (this.#httpConnections > 0) return;
    for (const http of this.#servers) {
      http.close();
      http.closeIdleConnections();
    }
  }

  /** Ends all sockets: a client that has not sent a whole request must not keep the process alive. */
  terminate(): void {
    for (const http of this.#servers) http.closeAllConnections();
  }
}
