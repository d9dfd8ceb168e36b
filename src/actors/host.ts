import type { Alarms } from '../clock.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import type { SessionObserver } from '../hub/session-observer.ts';
import type { Log } from '../log.ts';
import type { ClientResults } from '../routing/client-results.ts';
import type { Connections } from '../routing/connections.ts';
import type { Flusher } from '../routing/flusher.ts';
import type { Ledger } from '../routing/ledger.ts';
import type { Memberships } from '../routing/memberships.ts';
import type { Backlogs } from './backlogs.ts';
import type { DeadLetterReason } from './dead-letters.ts';
import type { DetachedConnections } from './detached-connections.ts';
import type { ParsingTurns } from './parsing-turns.ts';

/** What all connections of a server share. */
export interface NodeServices {
  readonly alarms: Alarms;
  readonly flusher: Flusher;
  readonly turns: ParsingTurns;
  readonly detached: DetachedConnections;
  readonly backlogs: Backlogs;
  readonly log: Log;
  readonly sessions: SessionObserver;
  /** Runs something in the next turn of the event loop, after what has been read by then. */
  readonly later: (run: () => void) => void;
  died(reason: DeadLetterReason, count: number, connectionId: string): void;
}

/** What all connections of a hub share. */
export interface HubHost {
  readonly hub: MountedHub;
  readonly connections: Connections;
  readonly memberships: Memberships;
  readonly clientResults: ClientResults;
  /** The ledgers of all lanes that have ended. */
  readonly endedLanes: Ledger;
  readonly services: NodeServices;
}
