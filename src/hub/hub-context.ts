import { promised } from '../promises.ts';
import { ClientProxies } from './client-proxies.ts';
import type { AnyClient, HubClients } from './clients.ts';
import { type ConnectionQuery, type FoundConnections, readQuery } from './found-connections.ts';
import { type Groups, groupsOver } from './groups.ts';
import type { History } from './history.ts';
import { presenceView } from './hub-presence.ts';
import { openHistory } from './open-history.ts';
import type { PresenceView } from './presence.ts';
import type { PresencePort } from './presence-port.ts';
import type { Routing } from './routing.ts';
import type { SenderScope } from './sender-scope.ts';

/** A hub outside of its methods: in a timer, an HTTP handler, a queue consumer. It has no caller. */
export interface HubContext<C> {
  readonly clients: HubClients<C>;
  readonly groups: Groups;
  /** As in `Hub`. */
  history(group: string): History;
  /** The presence keys that somebody has, on any node. */
  readonly presence: PresenceView;
  /**
   * Resolves with the number of all connections of the hub, on all nodes. Rejects with a `RefusedError` that has
   * `missing` and `partial` when a node that is alive does not answer in time.
   */
  count(): Promise<number>;
  /** Looks for connections on all nodes. Rejects with an `OptionsError` when the query is not valid. */
  find(query?: ConnectionQuery): Promise<FoundConnections>;
}

export function createHubContext(routing: Routing, presence: PresencePort): HubContext<unknown> {
  const scope: SenderScope = {
    routing,
    sender: { connectionId: undefined, user: null },
    assertOpen() {},
    suspend() {},
    resume() {},
  };
  return Object.freeze({
    clients: new ClientProxies(scope),
    groups: groupsOver(scope),
    history: (group) => openHistory(scope, group),
    presence: presenceView(presence),
    count: () => routing.connections(),
    find: (query) => promised(() => routing.find(readQuery(query))),
  } satisfies HubContext<AnyClient>) as HubContext<unknown>;
}
