import { isEnough } from '../compare/ratios.ts';
import type { Cores } from '../rig/cores.ts';
import { turned } from '../turns.ts';
import type { Costs } from './deliveries.ts';
import { type NodesFlow, SETS_PER_ROUND } from './flows.ts';
import { GeneratorProcess } from './generator-process.ts';
import { type ByPeer, type NodesPeerName, SERVERS } from './peers.ts';
import { type Place, Service } from './service.ts';

/** Measures rounds for at least `seconds`, and nine of them, each in processes of its own. */
export async function alternate(
  cores: Cores,
  names: readonly NodesPeerName[],
  flow: NodesFlow,
  seconds: number,
): Promise<readonly ByPeer<Costs>[]> {
  const sets: ByPeer<Costs>[] = [];
  const end = performance.now() + seconds * 1_000;
  for (let round = 0; !isEnough(sets.length, SETS_PER_ROUND, performance.now() >= end); round++)
    sets.push(...(await measureRound(cores, turned(names, round), flow)));
  return sets;
}

/** Starts two nodes of each server, and clients of all of them. */
async function measureRound(
  cores: Cores,
  order: readonly NodesPeerName[],
  flow: NodesFlow,
): Promise<readonly ByPeer<Costs>[]> {
  const services = order.map((name) => ({ name, service: new Service() }));
  const generator = new GeneratorProcess(cores.generator);
  try {
    const places: { [Name in NodesPeerName]?: Place } = {};
    for (const { name, service } of services) places[name] = await service.start(cores, SERVERS[name].command);
    return await generator.measure({ flow: flow.title, places, order });
  } finally {
    generator.end();
    for (const { service } of services) service.end();
  }
}
