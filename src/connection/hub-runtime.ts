import type { MountedHub } from '../hub/mounted-hub.ts';
import type { HubRates } from '../limits/hub-rates.ts';
import type { ClientResults } from '../routing/client-results.ts';
import type { Connections } from '../routing/connections.ts';
import type { Ledger } from '../routing/ledger.ts';
import type { Memberships } from '../routing/memberships.ts';
import type { ServerServices } from './server-services.ts';

/** Parts that all connections of a hub share. */
export interface HubRuntime {
  readonly hub: MountedHub;
  readonly connections: Connections;
  readonly memberships: Memberships;
  readonly clientResults: ClientResults;
  /** Sum of the ledgers of all ended lanes. */
  readonly endedLanes: Ledger;
  /** undefined: nothing is limited. */
  readonly rates: HubRates | undefined;
  readonly services: ServerServices;
  /** As in `OtherNodes`: messages of other nodes reach a connection that has just come. */
  whenReached(userId: string | undefined): Promise<void> | undefined;
}
