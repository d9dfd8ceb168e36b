import type { Alarms } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Backplane } from '../backplane.ts';
import type { LogEntry, LogTop, Removed } from '../log-store.ts';
import type { OtherNode } from './directory.ts';
import type { TakeItem } from './incoming.ts';
import type { StartLinkActor } from './link-actor.ts';

/** Callbacks of a link. */
export interface LinkListener {
  /** Takes an item of another node. */
  take: TakeItem;
  /** Messages of another node on a channel are missing. */
  gap(channel: string, bootId: string): void;
  /** As in `HeardListener`. */
  missed(bootId: string, since: number, at: number): void;
  /** Asks all nodes that are alive whether they know this one. Resolves with their answers, and never rejects. */
  greet(): Promise<unknown>;
  linked(): void;
  unlinked(): void;
  /** The leases of the other nodes were read. */
  alive(): void;
  /** As in `LogEvents`. */
  appended(log: string, entry: LogEntry, top: LogTop): void;
  removed(log: string, removed: Removed, top: LogTop): void;
  /** Once for each beacon of this node, while it is linked. */
  beat(): void;
  /** Another node has ended. */
  left(node: OtherNode): void;
  /** The others have taken this node for dead, and do not any more. */
  revived(): void;
}

export interface LinkParts {
  readonly backplane: Backplane;
  readonly nodeId: string;
  readonly bootId: string;
  readonly leaseMs: number;
  readonly secret: string | undefined;
  readonly alarms: Alarms;
  readonly nextTurn: (run: () => void) => void;
  readonly log: Log;
  readonly startActor: StartLinkActor;
}
