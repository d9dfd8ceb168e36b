import { resolve } from 'node:path';
import type { Place, Service } from '../nodes/service.ts';
import type { Cores } from '../rig/cores.ts';

/** Services that are measured: where their histories are, and how many nodes they have. */
export const SITES = {
  alone: { title: 'memory:', nodes: 1 },
  one: { title: 'Redis, one node', nodes: 1 },
  two: { title: 'Redis, two nodes', nodes: 2 },
} as const;
export type SiteName = keyof typeof SITES;
export const SITE_NAMES = Object.keys(SITES) as SiteName[];
/** A value for each service. */
export type BySite<T> = Readonly<Record<SiteName, T>>;

const NODE = [process.execPath, resolve(import.meta.dirname, 'node.js')];

export function startSite(service: Service, cores: Cores, name: SiteName): Promise<Place> {
  if (name === 'alone') return service.startAlone(cores, NODE);
  return service.start(cores, (port) => [...NODE, `redis://127.0.0.1:${port}`], SITES[name].nodes);
}
