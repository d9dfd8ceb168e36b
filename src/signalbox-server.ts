import type { Server as HttpServer } from 'node:http';
import type { Keys } from './auth/keys.ts';
import type { HubContext } from './hub/hub-context.ts';
import type { HubDefinition } from './hub/setup-hub.ts';
import type { AttachOptions, CloseOptions, ListenOptions } from './listen-options.ts';
import type { Revocable, RevokeOptions } from './server-auth.ts';
import type { ServerConnection } from './server-connection.ts';
import type { HealthProblem } from './web/health.ts';

/** A server of hubs. */
export interface SignalboxServer {
  /**
   * Listens on a port of its own, once, with `/healthz` and `/readyz` beside the hubs. Resolves with the port and host.
   * Rejects with Node's error, for example when the port is taken (then it may be called again), with a `StorageError`,
   * or with an `OptionsError`.
   *
   * @param at With a loopback address, requests for other hosts than this machine are refused with 421, unless `hosts`
   *   or `origins` name them.
   */
  listen(at: ListenOptions): Promise<{ readonly port: number; readonly host: string }>;
  /**
   * Answers the paths of the hubs, and no others, on a node:http or node:https server of the user's. `close` leaves
   * that server open. Rejects with an `OptionsError`, for example when it gets an application instead of its server.
   */
  attach(http: HttpServer, options?: AttachOptions): Promise<void>;
  /** The context of a hub, for use outside of its methods. @throws {OptionsError} when the hub is not mounted here. */
  context<C, S, Ms, D>(hub: HubDefinition<C, S, Ms, D>): HubContext<C>;
  /**
   * The API keys of its storage. They can be used before `listen`, which opens the storage then.
   *
   * @throws {OptionsError} when it has no storage, or one without keys.
   */
  readonly keys: Keys;
  /** All connections whose handshake has been accepted, and whose end has not begun. */
  connections(): IterableIterator<ServerConnection>;
  /**
   * Present problems of the server, by part. `server`: it is about to drain, or drains. `storage`: it cannot be
   * written, or something else is wrong with it. `backplane`: the other nodes cannot be reached, which is `degraded`
   * unless `readyWhenDegraded` is false. With a problem that is `unready`, `/readyz` answers 503. It shows part, text and
   * severity of each problem to everyone. A `detail` may name paths, so it is only for the program and the log.
   */
  problems(): readonly HealthProblem[];
  /**
   * Sends a message to everybody on every hub that has plain clients (the option `plain`), whatever protocol they speak.
   * Resolves when it stands in the lanes of all of them; rejects as `send` of a hub's clients does, for example with a
   * `RefusedError` when an outbox is full.
   *
   * @param type The method of the clients, which is the `type` of an envelope.
   * @param payload Its only argument. Default: it has none.
   */
  broadcast(type: string, payload?: unknown): Promise<void>;
  /** Number of connections that `broadcast` reaches. */
  clientCount(): number;
  /**
   * Revokes a credential (the `credentialId` of a user), or everything that was issued to a user until now: its
   * connections end with the close reason `unauthorized`, over every transport, and its requests get 401. A user without
   * `issuedAt` is only disconnected, since nobody knows when their credential was issued. What is revoked is kept in the
   * storage; other servers on it notice within a second. Without a storage a restart forgets it.
   *
   * Resolves with the number of connections of this server that end. Rejects with an `OptionsError`, or with a
   * `StorageError`: then it is revoked here, until a restart.
   */
  revoke(what: Revocable, options?: RevokeOptions): Promise<number>;
  /**
   * Drains and stops: no new connections; running calls may finish within `drainMs`; every client gets a Close message
   * that invites it back. With `drainDelayMs` it is not ready for that time before, and serves everybody. A further call
   * may make both times shorter, never longer: without `drainDelayMs` the drain begins at once. Resolves when the last
   * connection is gone, and the port of `listen` is free. Rejects with an `OptionsError`; then nothing is closed.
   */
  close(options?: CloseOptions): Promise<void>;
}
