import type { User } from '../hub/connection-info.ts';
import type { ConnectionId, ConnectionToken } from '../ids.ts';
import type { HttpTransport } from '../transports/http-transport.ts';
import type { Posts } from '../transports/posts.ts';
import type { ConnectionPort } from '../transports/transport.ts';
import type { Expiry } from './expiry.ts';

/** A negotiated connection. Only the user who negotiated it may use it. */
export class Negotiation {
  readonly connectionId: ConnectionId;
  readonly token: ConnectionToken;
  readonly userId: string | undefined;
  /** On the clock of the negotiations: until then a transport must be opened. */
  readonly expiresAt: number;
  /** The client may resume it with another WebSocket (stateful reconnect). */
  readonly isStateful: boolean;
  /** Bodies of the client's POSTs. Made at the first POST, or when a transport opens that needs them. */
  posts: Posts | undefined;
  /**
   * Kind of the transport, or the transport itself when further requests belong to it; undefined: none has opened yet.
   */
  transport: 'WebSockets' | HttpTransport | undefined;
  /** undefined: no transport has opened yet. */
  connection: ConnectionPort | undefined;
  /** The user as the latest credential of the client says. */
  user: User | null = null;
  /** The same, before its lifetime was limited. */
  shown: User | null = null;
  /** Number of the request that has brought that credential. */
  arrival = 0;
  /** On hubs with `closeOnAuthenticationExpiration` only. */
  expiry: Expiry | undefined;
  readonly #release: (negotiation: Negotiation) => void;

  /** @param release Called when the connection has ended: forgets the token. */
  constructor(
    negotiated: Pick<Negotiation, 'connectionId' | 'token' | 'userId' | 'expiresAt' | 'isStateful'>,
    release: (negotiation: Negotiation) => void,
  ) {
    this.connectionId = negotiated.connectionId;
    this.token = negotiated.token;
    this.userId = negotiated.userId;
    this.expiresAt = negotiated.expiresAt;
    this.isStateful = negotiated.isStateful;
    this.#release = release;
  }

  /** The connection has ended. */
  ended(): void {
    this.#release(this);
  }
}
