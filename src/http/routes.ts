import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { loggable } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Endpoint } from '../transports/endpoint.ts';
import { hubPath, normalisePath } from '../transports/request-info.ts';
import { responseOn } from '../transports/upgrade-response.ts';
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
   * Answers the hubs' own paths on `http`, below `basePath`, and leaves every other request to whoever else listens.
   *
   * @returns the opposite: from then on `http` is as it was.
   */
  attach(http: Server, basePath: string): () => void {
    const base = normalisePath(basePath);
    return intercept(http, (event, args) => this.#take(event, args, base));
  }

  #take(event: string, args: readonly unknown[], base: string): boolean {
    if (event !== 'request' && event !== 'upgrade' && event !== 'checkContinue') return false;
    const request = args[0] as IncomingMessage;
    const path = below(base, hubPath(request.url ?? '/'));
    if (path === undefined) return false;
    if (event === 'upgrade') return this.#takeUpgrade(request, path, args[1] as Duplex, args[2] as Buffer);
    const response = args[1] as ServerResponse;
    const isOurs = this.#requests.has(path);
    // Without a listener Node does so by itself; whoever listens must do it, and it is not for him that a client asks.
    if (isOurs && event === 'checkContinue') response.writeContinue();
    return isOurs && this.#takeRequest(request, path, response);
  }

  #takeRequest(request: IncomingMessage, path: string, response: ServerResponse): boolean {
    const route = this.#requests.get(path);
    if (route !== undefined) this.#guard(route(request, response), request);
    return route !== undefined;
  }

  #takeUpgrade(request: IncomingMessage, path: string, socket: Duplex, head: Buffer): boolean {
    const upgrade = this.#upgrades.get(path);
    if (upgrade === undefined) {
      // The negotiate path has nothing to upgrade to.
      return this.#requests.has(path) && this.#takeRequest(request, path, responseOn(request, socket));
    }
    upgrade(request, socket, head);
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

/** What of a path stands behind the base path; undefined: it does not begin with it. */
function below(base: string, path: string): string | undefined {
  if (base === '/') return path;
  if (path === base) return '/';
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
}
