import { ClientProxies } from './client-proxies.ts';
import type { HubClients } from './clients.ts';
import { type Groups, groupsOver } from './groups.ts';
import type { Routing } from './routing.ts';

/** A hub from outside its methods: from a timer, an HTTP handler, a queue. It has no caller. */
export interface HubContext<C> {
  readonly clients: HubClients<C>;
  readonly groups: Groups;
}

export function createHubContext(routing: Routing): HubContext<unknown> {
  const always = (): void => {};
  const clients = new ClientProxies(routing, { connectionId: undefined }, always);
  return Object.freeze({ clients, groups: groupsOver(routing, always) }) as HubContext<unknown>;
}
