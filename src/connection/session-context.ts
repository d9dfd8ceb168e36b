import type { Lane } from '../routing/lane.ts';
import type { AttachedTransport } from './attached-transport.ts';
import type { HubRuntime } from './hub-runtime.ts';
import type { Report } from './lifecycle-event.ts';
import type { Backlog } from './mailbox/backlogs.ts';
import type { SessionCaller } from './session-caller.ts';
import type { StatefulReconnect } from './stateful-reconnect/stateful-reconnect.ts';

/** Values that the parts of one session share. */
export interface SessionContext {
  readonly caller: SessionCaller;
  readonly lane: Lane;
  readonly runtime: HubRuntime;
  readonly transport: AttachedTransport;
  readonly backlog: Backlog;
  /** undefined: the client did not ask for it, or it was not offered. */
  readonly statefulReconnect: StatefulReconnect | undefined;
  readonly report: Report;
}
