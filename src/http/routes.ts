import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { loggable } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Endpoint } from '../transports/endpoint.ts';
import { answerUpgrade } from '../transports/refusal.ts';
import { hubPath, normalisePath } from '../transports/request-info.ts';
import { intercept } from './intercept.ts';

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Which request goes to which hub. */
export class Routes {
  readonly #log: Log;
  readonly #requests = new Map<string, Route>();
  readonly #upgrades = new Map<string, Upgrade>();

  constructor(log: Log) {
    this.#log = log;
  }

  add(path: string, endpoint: Endpoint): void {
    const base = normalisePath(path);
    const negotiate: Route = (request, response) => endpoint.negotiate(request, response);
    this.#requests.set(base, (request, response) => endpoint.request(request, response));
    this.#requests.set(base === '/' ? '/negotiate' : `${base}/negotiate`, negotiate);
    this.#upgrades.set(base, (request, socket, head) => this.#guard(endpoint.upgrade(request, socket, head), request));
  }

  /** A path for upgrades that belongs to no hub. */
  addUpgrade(path: string, upgrade: Upgrade): void {
    this.#upgrades.set(path, upgrade);
  }

  /**
   * Answers the hubs' own paths on `http`, and leaves every other request to whoever else listens.
   *
   * @returns the opposite: from then on `http` is as it was.
   */
  attach(http: Server): () => void {
    return intercept(http, (event, args) => this.#take(event, args));
  }

  #take(event: string, args: readonly unknown[]): boolean {
    if (event !== 'request' && event !== 'upgrade') return false;
    const request = args[0] as IncomingMessage;
    const path = hubPath(request.url ?? '/');
    return event === 'request'
      ? this.#takeRequest(request, path, args[1] as ServerResponse)
      : this.#takeUpgrade(request, path, args[1] as Duplex, args[2] as Buffer);
  }

  #takeRequest(request: IncomingMessage, path: string, response: ServerResponse): boolean {
    const route = this.#requests.get(path);
    if (route !== undefined) this.#guard(route(request, response), request);
    return route !== undefined;
  }

  #takeUpgrade(request: IncomingMessage, path: string, socket: Duplex, head: Buffer): boolean {
    const upgrade = this.#upgrades.get(path);
    if (upgrade !== undefined) upgrade(request, socket, head);
    // The negotiate path has nothing to upgrade to.
    else if (this.#requests.has(path)) answerUpgrade(socket, { status: 405, type: 'text/plain' });
    else return false;
    return true;
  }

  /** A fault of ours ends one request. */
  #guard(answered: Promise<void>, request: IncomingMessage): void {
    answered.catch((error: unknown) => {
      this.#log.error({ error: loggable(error), method: request.method }, 'a request failed');
      request.socket.destroy();
    });
  }
}
