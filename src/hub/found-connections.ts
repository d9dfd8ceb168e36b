import { OptionsError } from '../errors.ts';
import { must, type Rules, readOptions, whole } from '../option-checks.ts';
import type { User } from './connection-info.ts';

/** A connection of any node, as it was when it was asked for. */
export interface RemoteConnection {
  readonly nodeId: string;
  readonly connectionId: string;
  /** The path of its hub. */
  readonly hub: string;
  /** Without its claims. null: anonymous. */
  readonly user: User | null;
  readonly transport: string;
  readonly protocol: string;
  readonly remoteAddress: string;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  readonly groups: readonly string[];
  /** State of its hub actor, as in machines/README.md: 'alive.open.flowing'. */
  readonly state: string;
  /**
   * Messages and bytes that wait for this client, and the milliseconds since which something has waited without a break.
   */
  readonly lag: { readonly messages: number; readonly bytes: number; readonly oldestMs: number };
}

/** Selects connections; all conditions have to hold. */
export interface ConnectionQuery {
  /** Id of a user. */
  readonly user?: string;
  readonly group?: string;
  /** A part of the connection id, the id of the user or the address, in any case. */
  readonly text?: string;
  /** Number of connections, at most: from 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** `next` of an answer: continues behind it. */
  readonly after?: string;
}

export interface FoundConnections {
  /** The newest first. */
  readonly connections: readonly RemoteConnection[];
  /** There are more: `after` of the next question. */
  readonly next?: string;
  /** Ids of the nodes that are alive and did not answer in time. */
  readonly missing: readonly string[];
}

const DEFAULT_LIMIT = 100;
const PLACE = /^(\d{1,16})~([\s\S]+)$/;
const aText = must('a text', (value) => typeof value === 'string');

const QUERY_RULES = {
  user: aText,
  group: aText,
  text: aText,
  limit: whole(1, 1_000),
  after: must('the `next` of an answer', (value) => typeof value === 'string' && PLACE.test(value)),
} satisfies Rules<ConnectionQuery>;

/** A query with its defaults. */
export type CheckedQuery = ConnectionQuery & { readonly limit: number };

/** @throws {OptionsError} */
export function readQuery(given: ConnectionQuery | undefined): CheckedQuery {
  return { limit: DEFAULT_LIMIT, ...readOptions('find', given, QUERY_RULES) };
}

/**
 * The first of these connections that are behind the place of a query, in its order.
 *
 * @throws {OptionsError} when the place cannot be one.
 */
export function firstOf(
  found: readonly RemoteConnection[],
  { after, limit }: CheckedQuery,
): readonly RemoteConnection[] {
  const place = after === undefined ? undefined : placeOf(after);
  const behind = place === undefined ? [...found] : found.filter((one) => compare(place, one) < 0);
  return behind.sort(compare).slice(0, limit);
}

/** The answer to a query. @param found Of all nodes; those that each has in front. */
export function answerOf(
  found: readonly RemoteConnection[],
  query: CheckedQuery,
  missing: readonly string[],
): FoundConnections {
  const connections = firstOf(found, query);
  const last = connections.at(-1);
  const isFull = connections.length === query.limit && last !== undefined;
  return { connections, ...(isFull ? { next: `${last.connectedAt}~${last.connectionId}` } : {}), missing };
}

type Place = Pick<RemoteConnection, 'connectedAt' | 'connectionId'>;

/** The newest first, then by id. */
function compare(one: Place, other: Place): number {
  if (one.connectedAt !== other.connectedAt) return other.connectedAt - one.connectedAt;
  return one.connectionId < other.connectionId ? -1 : one.connectionId > other.connectionId ? 1 : 0;
}

function placeOf(after: string): Place {
  const [, connectedAt, connectionId] = PLACE.exec(after) ?? [];
  if (connectionId === undefined) throw new OptionsError('find: after is not the `next` of an answer.');
  return { connectedAt: Number(connectedAt), connectionId };
}
