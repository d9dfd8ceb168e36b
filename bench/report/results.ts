import { cpus, release, totalmem } from 'node:os';
import type { Case } from '../case.ts';
import type { MicroResult } from '../micro/all.ts';
import type { Figures } from '../scenarios/scenario.ts';

/** Results of one peer in one case. */
export interface PeerResult {
  readonly runs: readonly Figures[];
  /** Median of each figure. */
  readonly median: Figures;
  /** Smallest and largest headline figure of the runs. */
  readonly spread: readonly [number, number];
}

export interface CaseResult {
  readonly title: string;
  readonly scenario: string;
  readonly parameters: object;
  readonly peers: Readonly<Record<string, PeerResult>>;
}

/** `whole`: every case, with every peer. `profiled`: profiling has made the figures higher. */
export type RunKind = 'whole' | 'partial' | 'profiled';

/** Content of a file in `bench/results/`. */
export interface Results {
  /** Start of the run. */
  readonly at: string;
  readonly kind: RunKind;
  readonly machine: Readonly<Record<string, string>>;
  readonly cases: readonly CaseResult[];
  readonly micro: readonly MicroResult[];
}

/** Figure of all scenarios: microseconds of the server's CPU time for one delivery, call or connection. */
export const HEADLINE = 'cpuUs';

export function resultOf(
  { title, scenario, parameters }: Case,
  runs: ReadonlyMap<string, readonly Figures[]>,
): CaseResult {
  const peers = Object.fromEntries([...runs].map(([peer, figures]) => [peer, summed(figures)]));
  return { title, scenario, parameters, peers };
}

function summed(runs: readonly Figures[]): PeerResult {
  const names = Object.keys(runs[0] ?? {});
  const of = (name: string): number[] => runs.map((figures) => figures[name] ?? Number.NaN);
  const headline = of(HEADLINE);
  return {
    runs,
    median: Object.fromEntries(names.map((name) => [name, median(of(name))])),
    spread: [Math.min(...headline), Math.max(...headline)],
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] as number;
}

export function machine(cores: string, dotnet: string | undefined): Results['machine'] {
  return {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `Linux ${release()}`,
    node: process.version,
    ...(dotnet === undefined ? {} : { dotnet }),
    cores,
  };
}
