import { type BroadcastRound, broadcasts } from '../load/broadcasts.ts';
import { type Timing, Traffic } from '../load/traffic.ts';
import type { Scenario } from './scenario.ts';

export interface Broadcast extends Timing, BroadcastRound {
  readonly connections: number;
}

/** One client sends to all, another client the next time. */
export const broadcast: Scenario<Broadcast> = async ({ fleet, meter }, parameters) => {
  await fleet.open(parameters.connections);
  const traffic = new Traffic(meter);
  broadcasts(fleet, parameters, traffic).start();
  return traffic.measure(parameters);
};
