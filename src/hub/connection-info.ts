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

/** A request as plain data: frozen, and kept as texts. */
export interface HttpRequestInfo {
  /** Names in lower case, repeated ones joined with ', '. */
  readonly headers: Readonly<Record<string, string>>;
  /** Taken apart when it is asked for, and let go again: what is changed in it may be lost. */
  readonly query: URLSearchParams;
  /** Path and query. */
  readonly url: string;
  /** The other end of its socket; empty when that is gone already. */
  readonly remoteAddress: string;
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
