import { type EchoCalls, Echoes } from '../load/echoes.ts';
import { type Timing, Traffic } from '../load/traffic.ts';
import type { Scenario } from './scenario.ts';

export interface Echo extends Timing, EchoCalls {
  readonly connections: number;
}

/** Calls and their answers. */
export const echo: Scenario<Echo> = async ({ fleet, meter }, parameters) => {
  await fleet.open(parameters.connections);
  const traffic = new Traffic(meter);
  new Echoes(fleet, parameters, traffic).start();
  return traffic.measure(parameters);
};
