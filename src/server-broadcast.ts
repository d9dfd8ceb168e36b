import type { AnyClient, HubClients } from './hub/clients.ts';
import type { MountedRuntime } from './mount-hub.ts';

/** Sends a message to everybody on the hubs with plain clients. @param payload undefined: it has no argument. */
export async function broadcast(runtimes: Iterable<MountedRuntime>, type: string, payload: unknown): Promise<void> {
  const args = payload === undefined ? [] : [payload];
  const clients = plainHubs(runtimes).map(({ hub }) => hub.context.clients as HubClients<AnyClient>);
  await Promise.all(clients.map(({ all }) => all.send(type, ...args)));
}

/** Number of connections that `broadcast` reaches. */
export function countReached(runtimes: Iterable<MountedRuntime>): number {
  let count = 0;
  for (const { connections } of plainHubs(runtimes)) {
    // An ending connection is known until its end, but gets nothing any more.
    for (const { lane } of connections.all()) if (lane.isOpen) count += 1;
  }
  return count;
}

function plainHubs(runtimes: Iterable<MountedRuntime>): readonly MountedRuntime[] {
  return [...runtimes].filter(({ plain }) => plain !== undefined);
}
