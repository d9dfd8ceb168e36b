import { bare } from '../load/bare.ts';
import { Client } from '../load/client.ts';
import { type Echo, echo } from './echo.ts';
import type { Scenario } from './scenario.ts';

export interface Inspected extends Echo {
  /** Whether an inspector is attached; if not, the inspector is only enabled. */
  readonly isAttached: boolean;
}

/** Echo calls, with or without an attached inspector. */
export const inspected: Scenario<Inspected> = async (load, parameters) => {
  const { isAttached, ...rest } = parameters;
  if (isAttached) await Client.open(load.fleet.port, { ...bare, path: '/inspect', isReady: () => true }, false);
  return echo(load, rest);
};
