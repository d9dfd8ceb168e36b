import type { Dialect } from '../load/dialect.ts';

/** The group of all clients. */
export const GROUP = 'all';
/** Number of first sets of a process that are not counted: code is compiled, and buffers grow. */
export const WARM_SETS = 8;
/** Number of sets in a round. A set is a batch for each service. */
export const SETS_PER_ROUND = 7;
/** Number of clients of each of the two nodes. */
export const CLIENTS_EACH = 500;

/** Traffic that all services get in turn. */
export interface NodesFlow {
  readonly title: string;
  /** Whether all clients join the group first. */
  readonly joins: boolean;
  /** Number of messages in one write. The next ones are sent when every client has received these. */
  readonly inFlight: number;
  message(dialect: Dialect, data: string): string;
}

const KINDS: readonly Omit<NodesFlow, 'inFlight'>[] = [
  { title: 'broadcast', joins: false, message: (dialect, data) => dialect.broadcast(data) },
  { title: 'one group', joins: true, message: (dialect, data) => dialect.toGroup(GROUP, data) },
];

export const NODES_FLOWS: readonly NodesFlow[] = KINDS.flatMap((kind) =>
  [8, 1].map((inFlight) => ({ ...kind, title: `${kind.title}, ${inFlight} in flight`, inFlight })),
);
