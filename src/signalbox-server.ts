import type { Server as HttpServer } from 'node:http';
import type { HealthProblem } from './http/health.ts';
import type { HubContext } from './hub/hub-context.ts';
import type { HubDefinition } from './hub/setup-hub.ts';
import type { ServerConnection } from './server-connection.ts';

/** A server of hubs. */
export interface SignalboxServer {
  /**
   * Listens on a port of its own, with `/healthz` and `/readyz` beside the hubs. Port 0: any free one. Resolves with what it
   * listens on; rejects with Node's error, for example when the port is taken, or with a `StorageError`.
   *
   * @param at `host` defaults to 127.0.0.1: this machine only. On a loopback address requests for other hosts than this
   * machine are refused with 421, unless `hosts` or `origins` name them.
   */
  listen(
    at: AttachOptions & { readonly port: number; readonly host?: string },
  ): Promise<{ readonly port: number; readonly host: string }>;
  /** Answers the paths of the hubs on a server of the user's, and nothing else. Closing leaves that server open. */
  attach(http: HttpServer, options?: AttachOptions): Promise<void>;
  /** A hub from outside its methods. @throws {OptionsError} when it is not one of this server's. */
  context<C, S, Ms, D>(hub: HubDefinition<C, S, Ms, D>): HubContext<C>;
  /** All connections whose handshake has been accepted, and whose end has not begun. */
  connections(): IterableIterator<ServerConnection>;
  /**
   * What keeps the server from being ready: it drains, or its storage cannot be written. Empty: nothing. `/readyz` shows the
   * parts and the texts to anybody; a `detail` may name paths and is for the program, and for the log.
   */
  problems(): readonly HealthProblem[];
  /**
   * Drains and stops: no new connections; running calls may finish within `drainMs` (default: 10,000); every client gets a
   * Close message that invites it back. Resolves when the last connection is gone.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** Where hubs are found on a server. */
export interface AttachOptions {
  /**
   * What stands before the paths of the hubs, and of the inspector, in a request: with '/realtime' the hub '/chat' is at
   * '/realtime/chat'. Matched as the paths are: in any case, and without a slash at its end. Health checks stay where they
   * are. Default: nothing.
   */
  readonly basePath?: string;
}
