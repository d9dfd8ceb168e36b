import type { TransportRequest, User } from '../hub/connection-info.ts';
import type { ConnectionId } from '../ids.ts';
import type { Codec } from '../protocol/codec.ts';

/** A connection whose first transport has opened. */
export interface NewConnection {
  readonly connectionId: ConnectionId;
  readonly user: User | null;
  readonly request: TransportRequest;
  /**
   * The codec of the connection, which then has no handshake: its first bytes are messages already, and it is not
   * resumable. undefined: the client's handshake names it.
   */
  readonly codec?: Codec;
  /** Whether the client asked for the positions of messages (docs/protocol.md, "Positions"). Default: false. */
  readonly wantsPositions?: boolean;
  /** Whether stateful reconnect was negotiated: the client may resume the connection with another transport. */
  readonly mayReturn?: boolean;
  /** Told when the connection has been forgotten. */
  readonly negotiation?: { ended(): void };
}
