import type { ConnectionId, ConnectionToken } from '../ids.ts';
import type { HttpTransport } from '../transports/http-transport.ts';
import type { Posts } from '../transports/posts.ts';
import type { ConnectionPort } from '../transports/transport.ts';
import type { Expiry } from './expiry.ts';

/** A connection that has been promised to a client, and to the user it came as. */
export class Negotiation {
  readonly connectionId: ConnectionId;
  readonly token: ConnectionToken;
  readonly userId: string | undefined;
  readonly expiresAt: number;
  /** Its client may come back to it with another WebSocket. */
  readonly isStateful: boolean;
  /** What the client has posted before there is a transport; there is one as soon as it does. */
  posts: Posts | undefined;
  /** What it has been claimed with, once and for all; undefined: it waits. */
  transport: 'WebSockets' | HttpTransport | undefined;
  /** The connection that a WebSocket has opened: its client may want to resume it with another WebSocket. */
  connection: ConnectionPort | undefined;
  /** Of its connection, on hubs with `closeOnAuthenticationExpiration`. */
  expiry: Expiry | undefined;
  readonly #release: (negotiation: Negotiation) => void;

  /** @param release Makes its token unknown. */
  constructor(
    promised: Pick<Negotiation, 'connectionId' | 'token' | 'userId' | 'expiresAt' | 'isStateful'>,
    release: (negotiation: Negotiation) => void,
  ) {
    this.connectionId = promised.connectionId;
    this.token = promised.token;
    this.userId = promised.userId;
    this.expiresAt = promised.expiresAt;
    this.isStateful = promised.isStateful;
    this.#release = release;
  }

  /** Its connection is over. */
  ended(): void {
    this.#release(this);
  }
}
