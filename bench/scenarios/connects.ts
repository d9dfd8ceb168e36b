import { setTimeout as pass } from 'node:timers/promises';
import type { Figures, Load } from './scenario.ts';

export interface Connects {
  readonly connections: number;
  /**
   * Number of first and of last connections whose CPU time is measured. Their ratio shows costs that grow with the
   * number.
   */
  readonly sample: number;
  /** Time of silence before memory is measured. */
  readonly settleMs: number;
}

/** Upgrade and handshake; then silence. */
export async function measureConnects(
  { fleet, meter }: Load,
  { connections, sample, settleMs }: Connects,
): Promise<Figures> {
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
    settledUs: all().serverCpuUs / connections,
    rssKib: (meter.serverRssKib - rssBefore) / connections,
    perSecond: (connections / wallUs) * 1_000_000,
    serverShare: serverCpuUs / wallUs,
    generatorShare: generatorCpuUs / wallUs,
  };
}
