import type { TransportRequest, User } from '../hub/connection-info.ts';
import type { ConnectionId } from '../ids.ts';

/** Whose transport has opened, and how. */
export interface NewConnection {
  readonly connectionId: ConnectionId;
  readonly user: User | null;
  readonly request: TransportRequest;
  /** The client has been promised that it may come back with another transport when it loses this one. */
  readonly mayReturn?: boolean;
  /** Hears when the connection has been forgotten. */
  readonly negotiation?: { ended(): void };
}
