import { PEERS, type Peer, type PeerName } from './peers/peers.ts';
import type { ParametersOf, ScenarioName } from './scenarios/all.ts';

/** One measurement, made for each of its peers. */
export interface Case<S extends ScenarioName = ScenarioName> {
  /** Unique title, as in tables. */
  readonly title: string;
  readonly scenario: S;
  readonly parameters: ParametersOf<S>;
  readonly peers: readonly PeerName[];
  /** Number of runs; figures are medians. */
  readonly runs: number;
  /** Approximate time of one run, in seconds, including the start; a peer may need more time to warm up. */
  readonly seconds: number;
  readonly serverFlags?: readonly string[];
}

/** File name made of the title. */
export function fileNameOf({ title }: Case): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

/** Parameters with the warm-up time of this peer, for scenarios that warm up. */
export function parametersFor({ parameters }: Case, { extraWarmMs }: Peer): Case['parameters'] {
  return 'warmMs' in parameters ? { ...parameters, warmMs: parameters.warmMs + extraWarmMs } : parameters;
}

/** Approximate time of one run with this peer, in seconds. */
export function secondsFor({ parameters, seconds }: Case, { extraWarmMs }: Peer): number {
  return seconds + ('warmMs' in parameters ? extraWarmMs / 1_000 : 0);
}

/** Approximate time of all cases, in seconds. */
export function secondsOf(plan: readonly Case[]): number {
  const ofCase = (one: Case): number => one.peers.reduce((sum, name) => sum + secondsFor(one, PEERS[name]), 0);
  return plan.reduce((sum, one) => sum + ofCase(one) * one.runs, 0);
}
