import type { TimerWheel } from './actors/timer-wheel.ts';
import { Backlogs } from './connection/mailbox/backlogs.ts';
import { ParsingTurns } from './connection/mailbox/parsing-turns.ts';
import type { ServerServices } from './connection/server-services.ts';
import { DetachedConnections } from './connection/stateful-reconnect/detached-connections.ts';
import type { LimitedLog } from './log-limit.ts';
import type { ResolvedOptions } from './options.ts';

/** Makes the parts that all connections of a server share. */
export function sharedServices(
  { clock, detachedConnections, maximumWaitingBytes }: ResolvedOptions,
  given: Omit<ServerServices, 'turns' | 'detached' | 'backlogs'> & {
    readonly alarms: TimerWheel;
    readonly log: LimitedLog;
  },
): ServerServices {
  const { alarms, log, nextTurn } = given;
  return {
    ...given,
    turns: new ParsingTurns(() => clock.now(), nextTurn),
    detached: new DetachedConnections(alarms, detachedConnections),
    backlogs: new Backlogs(maximumWaitingBytes, log),
  };
}
