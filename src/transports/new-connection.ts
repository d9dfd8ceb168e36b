import type { TransportRequest, User } from '../hub/connection-info.ts';
import type { ConnectionId } from '../ids.ts';

/** A connection whose first transport has opened. */
export interface NewConnection {
  readonly connectionId: ConnectionId;
  readonly user: User | null;
  readonly request: TransportRequest;
  /** Whether stateful reconnect was negotiated: the client may resume the connection with another transport. */
  readonly mayReturn?: boolean;
  /** Told when the connection has been forgotten. */
  readonly negotiation?: { ended(): void };
}
