import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { loggable } from '../errors.ts';
import { intercept } from '../http/intercept.ts';
import { normalisePath, routePath } from '../http/request-info.ts';
import { requestFields } from '../http/request-log.ts';
import { upgradeResponse } from '../http/upgrade-response.ts';
import type { LimitedLog } from '../log-limit.ts';
import type { RequestGuard } from './request-guard.ts';

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Routes requests and upgrades to hubs by their paths. */
export class Routes {
  readonly #log: LimitedLog;
  /** Paths of the hubs as they were configured. */
  readonly #hubs: string[] = [];
  readonly #requests = new Map<string, Route>();
  readonly #upgrades = new Map<string, Upgrade>();

  constructor(log: LimitedLog) {
    this.#log = log;
  }

  add(path: string, endpoint: Endpoint): void {
    const base = normalisePath(path);
    this.#hubs.push(path);
    const negotiate: Route = (request, response) => endpoint.negotiate(request, response);
    this.#requests.set(base, (request, response) => endpoint.request(request, response));
    this.#requests.set(base === '/' ? '/negotiate' : `${base}/negotiate`, negotiate);
    this.#upgrades.set(base, (request, socket, head) =>
      this.#catchFault(endpoint.upgrade(request, socket, head), request),
    );
  }

  /** Adds a path for upgrades that belongs to no hub. */
  addUpgrade(path: string, upgrade: Upgrade): void {
    this.#upgrades.set(path, upgrade);
  }

  /**
   * Answers the paths of hubs on `http`, below `basePath`, and leaves every other request to the other listeners. On a
   * server of our own the guard checks those, too.
   *
   * @returns a function that detaches: from then on `http` is as it was.
   */
  attach(http: Server, basePath: string, guard: RequestGuard): () => void {
    const base = normalisePath(basePath);
    return intercept(http, {
      intercept: (event, args) => {
        if (event !== 'request' && event !== 'upgrade' && event !== 'checkContinue') return false;
        const request = args[0] as IncomingMessage;
        const path = pathBelow(base, routePath(request.url ?? '/'));
        if (event === 'upgrade') return this.#takeUpgrade(request, path, args[1] as Duplex, args[2] as Buffer, guard);
        return this.#takeRequest(request, path, args[1] as ServerResponse, guard, event === 'checkContinue');
      },
      passedOn: (event, args) => {
        // An upgrade without a handler comes again as a request. On a server of our own `unanswered` logs it.
        const isRequest = event === 'request' || event === 'checkContinue';
        const isLast = isRequest || (event === 'upgrade' && http.listenerCount('upgrade') > 1);
        if (isLast && !guard.isOwn && base !== '/') this.#logNearMiss(args[0] as IncomingMessage, basePath);
      },
    });
  }

  /** Logs a request on a server of our own that has no handler. */
  unanswered(request: IncomingMessage, basePath: string): void {
    if (!this.#logNearMiss(request, basePath)) this.#logMissedPath('no-such-path', request, basePath);
  }

  #takeRequest(
    request: IncomingMessage,
    path: string | undefined,
    response: ServerResponse,
    guard: RequestGuard,
    isAnnounced: boolean,
  ): boolean {
    const route = path === undefined ? undefined : this.#requests.get(path);
    if (route === undefined) return guard.isOwn && guard.refuses(request, response);
    if (guard.refuses(request, response)) return true;
    // Node sends 100 Continue only without a `checkContinue` listener. The client does not depend on whether there is
    // one.
    if (isAnnounced) response.writeContinue();
    this.#catchFault(route(request, response), request);
    return true;
  }

  #takeUpgrade(
    request: IncomingMessage,
    path: string | undefined,
    socket: Duplex,
    head: Buffer,
    guard: RequestGuard,
  ): boolean {
    const upgrade = path === undefined ? undefined : this.#upgrades.get(path);
    const route = path === undefined ? undefined : this.#requests.get(path);
    if (upgrade === undefined && route === undefined) return guard.isOwn && guard.refusesUpgrade(request, socket);
    if (guard.refusesUpgrade(request, socket)) return true;
    if (upgrade !== undefined) upgrade(request, socket, head);
    // The negotiate path has no upgrade.
    else if (route !== undefined)
      this.#catchFault(route(request, upgradeResponse(request, socket, this.#log)), request);
    return true;
  }

  /**
   * Logs a request whose path is nearly that of a hub. Another listener may answer it.
   *
   * @returns false when it is not.
   */
  #logNearMiss(request: IncomingMessage, basePath: string): boolean {
    const path = routePath(request.url ?? '/');
    if (pathBelow(normalisePath(basePath), path) !== undefined) this.#logMissedPath('no-such-path', request, basePath);
    else if (this.#requests.has(path)) this.#logMissedPath('base-path-missing', request, basePath);
    else return false;
    return true;
  }

  #logMissedPath(kind: 'no-such-path' | 'base-path-missing', request: IncomingMessage, basePath: string): void {
    this.#log.refused(kind)?.({ ...requestFields(request), basePath, hubs: this.#hubs });
  }

  /** Limits a fault of ours to one request. */
  #catchFault(answered: Promise<void>, request: IncomingMessage): void {
    answered.catch((error: unknown) => {
      this.#log.error({ error: loggable(error), method: request.method }, 'a request failed');
      request.socket.destroy();
    });
  }
}

/** Part of a path behind the base path; undefined: it does not begin with the base path. */
function pathBelow(base: string, path: string): string | undefined {
  if (base === '/') return path;
  if (path === base) return '/';
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
}
