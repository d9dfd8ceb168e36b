import { setTimeout as pass } from 'node:timers/promises';
import type { Scenario } from './scenario.ts';

export interface Connect {
  readonly connections: number;
  /** CPU is measured for the first so many, and for the last so many: what grows with their number shows in the ratio. */
  readonly sample: number;
  /** So long nothing happens before memory is looked at. */
  readonly settleMs: number;
}

/** Upgrade and handshake; then silence. */
export const connect: Scenario<Connect> = async ({ fleet, meter }, { connections, sample, settleMs }) => {
  // Code that has run is compiled, and a heap that was used has its room.
  for (let round = 0; round < 2; round++) {
    await fleet.open(sample);
    await fleet.close();
  }
  await pass(settleMs);
  const rssBefore = meter.serverRssKib;
  const all = meter.start();
  await fleet.open(sample);
  const first = all();
  await fleet.open(connections - sample);
  const last = meter.start();
  await fleet.open(connections);
  const { serverCpuUs: lastUs } = last();
  const { serverCpuUs, wallUs, generatorCpuUs } = all();
  await pass(settleMs);
  return {
    cpuUs: serverCpuUs / connections,
    firstUs: first.serverCpuUs / sample,
    lastUs: lastUs / sample,
    rssKib: (meter.serverRssKib - rssBefore) / connections,
    perSecond: (connections / wallUs) * 1_000_000,
    serverShare: serverCpuUs / wallUs,
    generatorShare: generatorCpuUs / wallUs,
  };
};
