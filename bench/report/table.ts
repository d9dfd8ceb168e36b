import type { MicroResult } from '../micro/all.ts';
import { PEERS, type PeerName } from '../peers/peers.ts';
import { type CaseResult, HEADLINE, type PeerResult } from './results.ts';

/** A case as lines of text: a row for each peer, with the CPU time of signalbox divided by that of the peer. */
export function tableOf(result: CaseResult): string {
  const ours = result.peers.signalbox;
  const columns = COLUMNS.filter(({ name }) => Object.values(result.peers).some(({ median }) => name in median));
  const heads = ['', 'CPU us', 'spread', 'ours/its', ...columns.map(({ head }) => head)];
  const lines = Object.entries(result.peers).map(([name, peer]) => [
    ...headlineOf(titleOf(name), peer, ours),
    ...columns.map((column) => (column.name in peer.median ? column.show(peer.median[column.name] as number) : '')),
  ]);
  return [result.title, ...aligned([heads, ...lines]).map((line) => `  ${line}`)].join('\n');
}

export function titleOf(peer: string): string {
  return PEERS[peer as PeerName].title;
}

function headlineOf(title: string, peer: PeerResult, ours: PeerResult | undefined): string[] {
  const cpu = peer.median[HEADLINE] as number;
  const [least, greatest] = peer.spread;
  const ratio = ours === undefined || peer === ours ? '' : ((ours.median[HEADLINE] as number) / cpu).toFixed(2);
  return [title, short(cpu), peer.runs.length === 1 ? '' : `${short(least)}-${short(greatest)}`, ratio];
}

const milliseconds = (us: number): string => short(us / 1_000);
const percent = (part: number): string => `${Math.round(part * 100)} %`;
const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** All possible columns, in their order. A scenario has some of them. */
const COLUMNS: readonly { readonly name: string; readonly head: string; readonly show: (value: number) => string }[] = [
  { name: 'perSecond', head: 'per s', show: whole },
  { name: 'p50Us', head: 'p50 ms', show: milliseconds },
  { name: 'p99Us', head: 'p99 ms', show: milliseconds },
  { name: 'maxUs', head: 'max ms', show: milliseconds },
  { name: 'firstUs', head: 'first us', show: short },
  { name: 'lastUs', head: 'last us', show: short },
  { name: 'settledUs', head: 'settled us', show: short },
  { name: 'rssKib', head: 'KiB each', show: short },
  { name: 'delivered', head: 'delivered', show: percent },
  { name: 'rssPeakMib', head: 'RSS + MiB', show: short },
  { name: 'cut', head: 'cut', show: whole },
  { name: 'slowConsumers', head: 'with reason', show: whole },
  { name: 'rssHalfMib', head: 'RSS half', show: short },
  { name: 'rssEndMib', head: 'RSS end', show: short },
  { name: 'serverShare', head: 'server', show: percent },
  { name: 'generatorShare', head: 'generator', show: percent },
];

/** A number with about three significant digits. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 10 ? 1 : 2);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

export function microTable(results: readonly MicroResult[]): string {
  const heads = ['alone, in ns of wall time', 'median', 'p99'];
  return aligned([heads, ...results.map(({ title, medianNs, p99Ns }) => [title, whole(medianNs), whole(p99Ns)])]).join(
    '\n',
  );
}

/** Above this share of its core the generator may be the bottleneck. */
const BUSY = 0.95;

/** Warnings about a case that a reader should know. */
export function warningsOf({ title, peers }: CaseResult): string[] {
  return Object.entries(peers)
    .filter(([, { median }]) => (median.generatorShare ?? 0) > BUSY && (median.serverShare ?? 1) < BUSY)
    .map(
      ([name]) => `${title}, ${titleOf(name)}: the generator was the bottleneck; CPU time is right, the rate is not.`,
    );
}
