import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { ProtocolName } from '../protocol/codec.ts';
import type { TransportName } from '../protocol/negotiate.ts';

/** Who is calling, as `authenticate` says. */
export interface User {
  readonly id: string;
  readonly roles: readonly string[];
  /**
   * Until when that holds, in milliseconds since 1970. Default: for ever. Requests after it are for `authenticate` to refuse;
   * hubs with `closeOnAuthenticationExpiration` end the connection then.
   */
  readonly expiresAt?: number;
}

/** The request with which a connection's transport began. */
export interface TransportRequest extends HttpRequestInfo {
  readonly transport: TransportName;
}

/** The same, and what the handshake has chosen. */
export interface HubRequest extends TransportRequest {
  readonly protocol: ProtocolName;
}

/** What is known of a connection from its beginning. */
export interface ConnectionInfo {
  readonly connectionId: string;
  /** null: nobody in particular. */
  readonly user: User | null;
  readonly request: HubRequest;
}
