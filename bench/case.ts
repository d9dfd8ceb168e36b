import { PEERS, type Peer, type PeerName } from './peers/peers.ts';
import type { ParametersOf, ScenarioName } from './scenarios/all.ts';

/** One thing that is measured, for each of its peers. */
export interface Case<S extends ScenarioName = ScenarioName> {
  /** Unique, as it stands in tables. */
  readonly title: string;
  readonly scenario: S;
  readonly parameters: ParametersOf<S>;
  readonly peers: readonly PeerName[];
  /** How often; figures are medians. */
  readonly runs: number;
  /** About how long one run takes, start included; a peer may need more time to warm up. */
  readonly seconds: number;
  readonly serverFlags?: readonly string[];
}

/** Its title, as a name for files. */
export function fileNameOf({ title }: Case): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

/** With the time that this peer has to warm up, in scenarios that warm up at all. */
export function parametersFor({ parameters }: Case, { extraWarmMs }: Peer): Case['parameters'] {
  return 'warmMs' in parameters ? { ...parameters, warmMs: parameters.warmMs + extraWarmMs } : parameters;
}

/** About how long one run with this peer takes. */
export function secondsFor({ parameters, seconds }: Case, { extraWarmMs }: Peer): number {
  return seconds + ('warmMs' in parameters ? extraWarmMs / 1_000 : 0);
}

/** About how long all of it takes. */
export function secondsOf(plan: readonly Case[]): number {
  const ofCase = (one: Case): number => one.peers.reduce((sum, name) => sum + secondsFor(one, PEERS[name]), 0);
  return plan.reduce((sum, one) => sum + ofCase(one) * one.runs, 0);
}
