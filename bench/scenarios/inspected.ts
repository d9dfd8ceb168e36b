import { Client } from '../load/client.ts';
import { plain } from '../load/plain.ts';
import { type Echo, echo } from './echo.ts';
import type { Scenario } from './scenario.ts';

export interface Inspected extends Echo {
  /** Whether an inspector looks on; otherwise it could. */
  readonly isAttached: boolean;
}

/** The same calls, with an inspector that is there or not. */
export const inspected: Scenario<Inspected> = async (load, parameters) => {
  const { isAttached, ...rest } = parameters;
  if (isAttached) await Client.open(load.fleet.port, { ...plain, path: '/inspect', isWelcome: () => true }, false);
  return echo(load, rest);
};
