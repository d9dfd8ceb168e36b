import type { AbortSignals } from './abort-signals.ts';
import type { ConnectionInfo, User } from './connection-info.ts';
import type { MountedHub } from './mounted-hub.ts';
import type { Claimant } from './presence-port.ts';
import type { Sender } from './routing.ts';

/** A connection as hub objects see it. Implemented by `connection/session-caller.ts`. */
export interface CallerConnection extends ConnectionInfo, Sender, Claimant {
  readonly connectionId: string;
  readonly user: User | null;
  readonly hub: MountedHub;
  /** The state that lives as long as the connection; undefined with another lifetime. */
  readonly state: unknown;
  readonly abortSignals: AbortSignals;
  /** Made at the first use. */
  items: Map<unknown, unknown> | undefined;
}
