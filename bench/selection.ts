import { UsageError } from '../scripts/program.ts';
import type { Arguments } from './arguments.ts';
import type { Case } from './case.ts';
import { PEERS, type PeerName } from './peers/peers.ts';
import { fullPlan, quickPlan } from './plan.ts';
import type { RunKind } from './report/results.ts';

/**
 * The requested cases, each with its requested peers that can take part.
 *
 * @param able The peers that can take part on this machine.
 * @throws UsageError when no case is left, or none for a named scenario or peer.
 */
export function select(asked: Arguments, able: readonly PeerName[]): readonly Case[] {
  if (isMicroAlone(asked)) return [];
  const plan = asked.isQuick ? quickPlan() : fullPlan();
  const cases = plan
    .filter(({ scenario }) => asked.scenarios?.includes(scenario) ?? true)
    .flatMap((one): Case[] => {
      const peers = one.peers.filter((peer) => able.includes(peer) && (asked.peers?.includes(peer) ?? true));
      return peers.length >= leastOf(one, asked) ? [{ ...one, peers, runs: asked.runs ?? one.runs }] : [];
    });
  const idle = idleOf(asked, cases).filter((name) => !(name in PEERS) || able.includes(name as PeerName));
  if (idle.length === 0 && cases.length > 0) return cases;
  const missing = idle.length === 0 ? 'no case is left' : `no case is left for ${idle.join(', ')}`;
  const what = asked.isQuick ? 'the plan of --quick' : 'the plan';
  throw new UsageError(
    `${missing}. Those with peers are measured beside one at least; ${what} has:\n${contentsOf(plan)}`,
  );
}

/** Kind of a run. `npm run bench:document` accepts only a whole one. */
export function kindOf(asked: Arguments, able: readonly PeerName[]): RunKind {
  if (asked.isProfiled) return 'profiled';
  const hasAllCases = asked.scenarios === undefined && asked.hasMicro && !asked.isQuick;
  const hasAllPeers = Object.keys(PEERS).every((name) => able.includes(name as PeerName));
  return hasAllCases && hasAllPeers && asked.peers === undefined ? 'whole' : 'partial';
}

function isMicroAlone({ scenarios }: Arguments): boolean {
  return scenarios?.length === 0;
}

/** Smallest number of peers of a case: a comparison needs two, unless only one peer was requested. */
function leastOf({ peers }: Case, asked: Arguments): number {
  return asked.peers?.length === 1 ? 1 : Math.min(peers.length, 2);
}

/** Named scenarios and peers that are in no case. */
function idleOf({ scenarios = [], peers = [] }: Arguments, cases: readonly Case[]): readonly string[] {
  return [
    ...scenarios.filter((name) => !cases.some(({ scenario }) => scenario === name)),
    ...peers.filter((name) => name !== 'signalbox' && !cases.some((one) => one.peers.includes(name))),
  ];
}

/** The scenarios of a plan with their peers: a line for each. */
function contentsOf(plan: readonly Case[]): string {
  const peers = new Map<string, Set<PeerName>>();
  for (const one of plan) peers.set(one.scenario, new Set([...(peers.get(one.scenario) ?? []), ...one.peers]));
  return [...peers].map(([scenario, names]) => `  ${scenario.padEnd(10)} ${[...names].join(', ')}`).join('\n');
}
