import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { TransportName } from '../protocol/negotiate.ts';

/** A user, as `authenticate` returns it. */
export interface User {
  readonly id: string;
  readonly roles: readonly string[];
  /**
   * End of the credential's validity, in milliseconds since 1970. Default: none. `authenticate` has to refuse later
   * requests; hubs with `closeOnAuthenticationExpiration` end the connection at that time.
   */
  readonly expiresAt?: number;
  /** Id of the credential, by which it can be revoked (`server.revoke`). Default: none; then only its user can be. */
  readonly credentialId?: string;
  /** Moment at which the credential was issued, in milliseconds since 1970. `server.revoke({ userId })` ends older ones. */
  readonly issuedAt?: number;
  /** Facts about the user, for hubs. They are kept as long as the connection. Default: none. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** The request that began the transport of a connection. */
export interface TransportRequest extends HttpRequestInfo {
  readonly transport: TransportName;
}

/** The same, with the protocol of the connection. */
export interface HubRequest extends TransportRequest {
  /** Name of the protocol: 'json' or 'messagepack', as the handshake has chosen it, or 'plain'. */
  readonly protocol: string;
}

/** Properties of a connection that never change. */
export interface ConnectionInfo {
  readonly connectionId: string;
  /** null: anonymous. */
  readonly user: User | null;
  readonly request: HubRequest;
}
