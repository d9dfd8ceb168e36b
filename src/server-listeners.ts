import type { Server as HttpServer } from 'node:http';
import type { Alarms } from './clock.ts';
import { loggable } from './errors.ts';
import { type AttachOptions, type ListenOptions, readAttachOptions, readListenOptions } from './listen-options.ts';
import type { LimitedLog } from './log-limit.ts';
import type { ResolvedOptions } from './options.ts';
import type { HealthProblem } from './web/health.ts';
import type { HttpServers } from './web/http-servers.ts';
import { bind } from './web/listener.ts';
import { createOwnServer } from './web/own-server.ts';
import { RequestGuard } from './web/request-guard.ts';
import type { Routes } from './web/routes.ts';

export interface ServerListenersParts {
  readonly options: Pick<ResolvedOptions, 'clock' | 'origins' | 'hosts'>;
  readonly routes: Routes;
  readonly httpServers: HttpServers;
  readonly alarms: Alarms;
  readonly log: LimitedLog;
  problems(): readonly HealthProblem[];
  /** Begins what a server needs before its first request. Rejects when it has been closed. */
  start(): Promise<void>;
  /** @throws {OptionsError} when the server has been closed. */
  checkOpen(): void;
  /** The first requests may come now. */
  bound(): void;
}

/** Serves the hubs of a server over HTTP: on a server of its own (`listen`), and on those of the user (`attach`). */
export class ServerListeners {
  readonly #parts: ServerListenersParts;

  constructor(parts: ServerListenersParts) {
    this.#parts = parts;
  }

  async listen(at: ListenOptions): Promise<{ port: number; host: string }> {
    const options = readListenOptions(at);
    this.#parts.checkOpen();
    return this.#parts.httpServers.once(() => this.#listen(options));
  }

  async attach(http: HttpServer, options?: AttachOptions): Promise<void> {
    const { basePath } = readAttachOptions(http, options);
    await this.#parts.start();
    this.#intercept(http, basePath, false);
  }

  async #listen(options: Required<ListenOptions>): Promise<{ port: number; host: string }> {
    const { log, routes, problems } = this.#parts;
    const { clock, origins } = this.#parts.options;
    const http = createOwnServer({ routes, log, clock, origins, problems }, options);
    await this.#parts.start();
    this.#intercept(http, options.basePath, true);
    const bound = await bind(http, options);
    this.#parts.checkOpen();
    http.on('error', (error) => log.error({ error: loggable(error) }, 'the listener failed'));
    return bound;
  }

  #intercept(http: HttpServer, basePath: string, isOwn: boolean): void {
    const { alarms, bound, checkOpen, httpServers, log, routes } = this.#parts;
    // It may have been closed while the storage was opened.
    checkOpen();
    const guard = new RequestGuard({ http, isOwn, hosts: this.#parts.options.hosts, alarms, log });
    httpServers.add(http, isOwn, routes.attach(http, basePath, guard));
    bound();
  }
}
