import type { Alarms } from '../clock.ts';
import type { SessionObserver } from '../hub/session-observer.ts';
import type { Log } from '../log.ts';
import type { Flusher } from '../routing/flusher.ts';
import type { DeadLetterReason } from './dead-letter-reason.ts';
import type { Backlogs } from './mailbox/backlogs.ts';
import type { ParsingTurns } from './mailbox/parsing-turns.ts';
import type { DetachedConnections } from './stateful-reconnect/detached-connections.ts';

/** Parts that all connections of a server share. */
export interface ServerServices {
  readonly alarms: Alarms;
  readonly flusher: Flusher;
  readonly turns: ParsingTurns;
  readonly detached: DetachedConnections;
  readonly backlogs: Backlogs;
  readonly log: Log;
  readonly sessions: SessionObserver;
  /** Runs a function in the next turn of the event loop, after what has been read until then. */
  readonly nextTurn: (run: () => void) => void;
  /** Counts dead letters. @param connectionId An example for the log. */
  deadLetter(reason: DeadLetterReason, count: number, connectionId: string): void;
}
