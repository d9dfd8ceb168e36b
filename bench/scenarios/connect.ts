import { setTimeout as pass } from 'node:timers/promises';
import { type Connects, measureConnects } from './connects.ts';
import type { Scenario } from './scenario.ts';

/** Connects to a server that has had connections before. */
export const connect: Scenario<Connects> = async (load, parameters) => {
  const { sample, settleMs } = parameters;
  // Afterwards the code is compiled, and the heap has grown.
  for (let round = 0; round < 2; round++) {
    await load.fleet.open(sample);
    await load.fleet.close();
  }
  await pass(settleMs);
  return measureConnects(load, parameters);
};
