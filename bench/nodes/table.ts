import { medianOf } from '../compare/median.ts';
import { ratiosOf } from '../compare/ratios.ts';
import { short } from '../report/table.ts';
import type { Costs } from './deliveries.ts';
import { type ByPeer, type NodesPeerName, SERVERS } from './peers.ts';

const WIDTHS = [22, 8, 9, 9, 9, 11, 16] as const;

/**
 * The costs of a flow, in lines: one for each server, with the CPU time of signalbox divided by its own.
 *
 * @param sets In the order in which they were measured. Each has all servers of the first one.
 */
export function nodesTable(title: string, sets: readonly ByPeer<Costs>[], perRound: number): string {
  const of = (name: NodesPeerName): Costs[] => sets.map((set) => set[name] as Costs);
  const names = Object.keys(SERVERS).filter((name) => name in (sets[0] ?? {})) as NodesPeerName[];
  const ours = of('signalbox').map(sum);
  const lines = names.map((name) => {
    const costs = of(name);
    const parts = [0, 1, 2].map((part) => short(medianOf(costs.map((one) => one[part] as number))));
    const total = short(medianOf(costs.map(sum)));
    const pairs = costs.map((one, at) => ({ here: ours[at] as number, there: sum(one) }));
    const { ratio, interval } = ratiosOf(pairs, perRound);
    const compared = name === 'signalbox' ? [] : [ratio.toFixed(2), interval.map((end) => end.toFixed(2)).join('-')];
    return row([SERVERS[name].title, total, ...parts, ...compared]);
  });
  const head = row(['', 'CPU us', 'node 1', 'node 2', 'Redis', 'ours/its', '90 % interval']);
  return [title, head, ...lines, `  ${sets.length / perRound} rounds`].join('\n');
}

function sum([node1, node2, redis]: Costs): number {
  return node1 + node2 + redis;
}

function row(cells: readonly string[]): string {
  return `  ${cells.map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[at] as number))).join('')}`;
}
