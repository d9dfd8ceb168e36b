import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { User } from '../hub/connection-info.ts';
import type { Log } from '../log.ts';
import type { KeyStore } from '../storage/key-store.ts';
import type { StoreWatcher, WatchedStore } from './store-watcher.ts';

/**
 * Port of what finds out who sends a request (the option `authenticate`). It answers for its own kind of credential
 * only.
 *
 * @returns the user; null: the request has no credential of this kind, so the caller is anonymous unless another
 *   authenticator knows them.
 * @throws {UnauthorizedError} when the credential is of this kind, and wrong. Any error refuses the request with 401.
 */
export interface Authenticator {
  /** @param raw Node's request, for what `request` does not have, such as a certificate. Nobody keeps it. */
  (request: HttpRequestInfo, raw: IncomingMessage): User | null | Promise<User | null>;
  /**
   * Called once by `createServer`, before the first request.
   *
   * @returns a function that lets go of everything, called when the server has closed.
   */
  attach?(services: AuthServices): () => void;
  /**
   * The moment from which on it refuses a credential by itself, as far as it remembers that, in milliseconds since 1970;
   * undefined: it knows of none. `server.revoke` asks, since until then it has to be remembered what was revoked.
   *
   * @param expiresAt The latest `expiresAt` of connections that were opened with it; undefined: there are none.
   */
  endOf?(credentialId: string, expiresAt: number | undefined): number | undefined;
}

/** Parts of a server that an authenticator may use. */
export interface AuthServices {
  /** The keys of the server's storage; undefined: the server has no storage. They may be asked once it is open. */
  readonly keys: KeyStore | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends all connections that were opened with a credential (`credentialId` of their users), and refuses it. */
  revoked(credentialId: string): void;
  /** Watches a store of keys. All who watch the same store share its questions. */
  watch(store: KeyStore, watcher: StoreWatcher): WatchedStore;
}
