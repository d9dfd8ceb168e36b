import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { loggable } from '../errors.ts';
import { awaitContinue } from '../http/expect-continue.ts';
import { intercept } from '../http/intercept.ts';
import { normalisePath, routePath } from '../http/request-info.ts';
import { requestFields } from '../http/request-log.ts';
import type { LimitedLog } from '../log-limit.ts';
import { isPathOf } from './hub-paths.ts';
import type { RequestGuard } from './request-guard.ts';

/** Handlers of one path. Both may throw or reject: then the fault is logged and the socket is destroyed. */
export interface Route {
  /**
   * Answers requests of any method. A client may wait for 100 Continue: `sendContinue` asks it for its body. Without
   * this handler requests are left to the other listeners.
   */
  readonly request?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  /** Takes upgrades to a WebSocket. Without this handler they are ordinary requests, as all other upgrades are. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void | Promise<void>;
  /** Whether a request is an upgrade for `upgrade`. Default: every one whose `Upgrade` header is `websocket`. */
  readonly isUpgrade?: (request: IncomingMessage) => boolean;
}

/** Routes requests and upgrades by their paths: those of hubs, of the inspector, and of any other part. */
export class Routes {
  readonly #log: LimitedLog;
  readonly #hubs: readonly string[];
  readonly #routes = new Map<string, Route>();

  /** @param hubs Paths of the hubs as they were configured, for the log: a client may have missed one of them. */
  constructor(log: LimitedLog, hubs: readonly string[]) {
    this.#log = log;
    this.#hubs = hubs;
  }

  /**
   * Adds a path below the base path. It matches requests in any case, and with or without a slash at its end.
   *
   * @throws {Error} when the path has a route already.
   */
  add(path: string, route: Route): void {
    const base = normalisePath(path);
    if (this.#routes.has(base)) throw new Error(`The path ${path} has a route already.`);
    this.#routes.set(base, route);
  }

  /**
   * Answers the added paths on `http`, below `basePath`, and leaves every other request to the other listeners. On a
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
        const route = path === undefined ? undefined : this.#routes.get(path);
        if (event === 'upgrade') return this.#takeUpgrade(request, route, args[1] as Duplex, args[2] as Buffer, guard);
        return this.#takeRequest(request, route, args[1] as ServerResponse, guard, event === 'checkContinue');
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
    route: Route | undefined,
    response: ServerResponse,
    guard: RequestGuard,
    isAnnounced: boolean,
  ): boolean {
    const answer = route?.request;
    if (answer === undefined) return guard.isOwn && guard.refuses(request, response);
    if (guard.refuses(request, response)) return true;
    if (isAnnounced) awaitContinue(response);
    this.#run(() => answer(request, response), request);
    return true;
  }

  #takeUpgrade(
    request: IncomingMessage,
    route: Route | undefined,
    socket: Duplex,
    head: Buffer,
    guard: RequestGuard,
  ): boolean | 'ordinary' {
    if (route === undefined) return guard.isOwn ? 'ordinary' : false;
    const { upgrade, isUpgrade = asksForWebSocket } = route;
    if (upgrade === undefined || !isUpgrade(request)) return 'ordinary';
    if (guard.refusesUpgrade(request, socket)) return true;
    this.#run(() => upgrade(request, socket, head), request);
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
    else if (this.#hubs.some((hub) => isPathOf(hub, path))) this.#logMissedPath('base-path-missing', request, basePath);
    else return false;
    return true;
  }

  #logMissedPath(kind: 'no-such-path' | 'base-path-missing', request: IncomingMessage, basePath: string): void {
    this.#log.refused(kind)?.({ ...requestFields(request), basePath, hubs: this.#hubs });
  }

  /** Limits a fault of a handler to its request. */
  async #run(handle: () => void | Promise<void>, request: IncomingMessage): Promise<void> {
    try {
      await handle();
    } catch (error) {
      this.#log.error({ error: loggable(error), method: request.method }, 'a request failed');
      request.socket.destroy();
    }
  }
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** Part of a path behind the base path; undefined: it does not begin with the base path. */
function pathBelow(base: string, path: string): string | undefined {
  if (base === '/') return path;
  if (path === base) return '/';
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
}
