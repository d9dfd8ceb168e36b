import { envelopes } from '../load/envelopes.ts';
import { Fleet } from '../load/fleet.ts';
import { type Broadcast, broadcast } from './broadcast.ts';
import type { Scenario } from './scenario.ts';

/** Broadcasts to plain clients, which speak envelopes instead of the protocol of the server (docs/plain.md). */
export const plain: Scenario<Broadcast> = ({ fleet, meter }, parameters) =>
  broadcast({ fleet: new Fleet(fleet.port, envelopes), meter }, parameters);
