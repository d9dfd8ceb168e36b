import { setTimeout as pass } from 'node:timers/promises';
import type { Fleet } from '../load/fleet.ts';
import type { Scenario } from './scenario.ts';

export interface Churn {
  /** Number of clients that connect and disconnect at the same time. */
  readonly parallel: number;
  readonly groups: number;
  readonly measureMs: number;
}

/** Clients connect, join groups and disconnect, continuously. Memory must not grow. */
export const churn: Scenario<Churn> = async ({ fleet, meter }, { parallel, groups, measureMs }) => {
  let isOver = false;
  let cycles = 0;
  const visitor = async (number: number): Promise<void> => {
    while (!isOver) {
      await visit(fleet, number, groups);
      cycles += 1;
    }
  };
  const spent = meter.start();
  const visitors = Array.from({ length: parallel }, (_, at) => visitor(at));
  const quarter = measureMs / 4;
  const rss: number[] = [];
  for (let at = 0; at < 4; at++) {
    await pass(quarter);
    rss.push(meter.serverRssKib);
  }
  isOver = true;
  await Promise.all(visitors);
  const { serverCpuUs, wallUs, generatorCpuUs } = spent();
  const [, half = 0, , end = 0] = rss;
  return {
    cpuUs: serverCpuUs / cycles,
    cycles,
    perSecond: (cycles / wallUs) * 1_000_000,
    rssHalfMib: half / 1_024,
    rssEndMib: end / 1_024,
    growth: end / half,
    serverShare: serverCpuUs / wallUs,
    generatorShare: generatorCpuUs / wallUs,
  };
};

async function visit(fleet: Fleet, number: number, groups: number): Promise<void> {
  const { dialect } = fleet;
  const client = await fleet.connect();
  for (let at = 0; at < groups; at++) {
    const id = 10 + at;
    await client.ask(dialect.join(id, at === 0 ? 'everybody' : `group-${number}-${at}`), dialect.joined(id));
  }
  await client.close();
}
