import type { Server } from 'node:http';
import { OptionsError } from '../errors.ts';
import { endKeepAlive } from '../http/last-answers.ts';
import type { Transport } from '../transports/transport.ts';

/**
 * HTTP servers that hubs are served on: those that `listen()` has made, and those of the user. Until the last connection
 * has ended they all stay open, so that newcomers get an answer, and clients over HTTP hear of the end over any socket.
 */
export class HttpServers {
  readonly #own: Server[] = [];
  readonly #all: Server[] = [];
  /** Callbacks that make each server as it was. */
  readonly #undo: (() => void)[] = [];
  readonly #nextTurn: (run: () => void) => void;
  /** Number of connections that need further requests. */
  #httpConnections = 0;
  #isListening = false;
  #isDraining = false;

  /** @param nextTurn Runs a function in another turn of the event loop, behind its reading. */
  constructor(nextTurn: (run: () => void) => void) {
    this.#nextTurn = nextTurn;
  }

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

  /** @param detach Called at the end. */
  add(http: Server, isOwn: boolean, detach: () => void): void {
    this.#all.push(http);
    if (isOwn) this.#own.push(http);
    this.#undo.push(detach);
  }

  opened({ name }: Transport): void {
    if (name !== 'WebSockets') this.#httpConnections += 1;
  }
  closed({ name }: Transport): void {
    if (name === 'WebSockets') return;
    this.#httpConnections -= 1;
    this.#closeIdle();
  }

  /** The drain begins: from now on each answer of ours is the last one of its connection. */
  drain(): void {
    this.#isDraining = true;
    for (const http of this.#all) this.#undo.push(endKeepAlive(http));
    // Requests that have arrived are read and answered first.
    this.#nextTurn(() => this.#closeIdle());
  }

  /**
   * Detaches. Servers of our own stop listening, and all their sockets end: a client that has not sent a whole request
   * must not keep the process alive.
   */
  release(): void {
    this.#isDraining = false;
    for (const undo of this.#undo.splice(0).reverse()) undo();
    for (const http of this.#own) {
      http.close();
      http.closeAllConnections();
    }
  }

  /**
   * Closes idle connections of servers of our own, so that a load balancer sends nothing over them. Not while clients
   * over HTTP are there: in answer to the end of one poll they send the next, over the idle connection that they keep.
   */
  #closeIdle(): void {
    if (!this.#isDraining || this.#httpConnections > 0) return;
    for (const http of this.#own) http.closeIdleConnections();
  }
}
