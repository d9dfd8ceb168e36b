import { ClientProxies } from './client-proxies.ts';
import type { HubClients } from './clients.ts';
import { type Groups, groupsOver } from './groups.ts';
import type { Routing } from './routing.ts';
import type { SenderScope } from './sender-scope.ts';

/** A hub outside of its methods: in a timer, an HTTP handler, a queue consumer. It has no caller. */
export interface HubContext<C> {
  readonly clients: HubClients<C>;
  readonly groups: Groups;
}

export function createHubContext(routing: Routing): HubContext<unknown> {
  const scope: SenderScope = {
    routing,
    sender: { connectionId: undefined, user: null },
    assertOpen() {},
    suspend() {},
    resume() {},
  };
  return Object.freeze({ clients: new ClientProxies(scope), groups: groupsOver(scope) }) as HubContext<unknown>;
}
