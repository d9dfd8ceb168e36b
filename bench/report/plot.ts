import { type CaseResult, HEADLINE } from './results.ts';
import { short, titleOf } from './table.ts';

const TITLE = 'CPU time of the server, as a multiple of signalbox (shorter is better)';
const WIDTH = 860;
const LABELS = 236;
const RIGHT = 96;
const BAR = 13;
const GAP = 3;
const BETWEEN = 16;
const TOP = 84;

/** Colour of each server: signalbox differs clearly from the others. */
const COLOURS: Readonly<Record<string, string>> = {
  signalbox: '#0f766e',
  'ws-floor': '#cbd5e1',
  'ws-loop': '#94a3b8',
  'socket.io': '#64748b',
  aspnetcore: '#b45309',
};

/** Bars with the CPU time of each peer as a multiple of signalbox's, as a self-contained SVG. */
export function plotOf(cases: readonly CaseResult[]): string {
  const names = Object.keys(COLOURS).filter((name) => cases.some(({ peers }) => peers[name] !== undefined));
  const greatest = Math.max(...cases.flatMap((one) => Object.keys(one.peers).map((name) => multiple(one, name))));
  const scale = (WIDTH - LABELS - RIGHT) / greatest;
  const parts: string[] = [];
  let y = TOP;
  for (const one of cases) {
    const present = names.filter((name) => one.peers[name] !== undefined);
    const height = present.length * (BAR + GAP);
    parts.push(text(LABELS - 12, y + height / 2, one.title, 'end', 'label'));
    for (const name of present) {
      const value = multiple(one, name);
      parts.push(
        `<rect x="${LABELS}" y="${y}" width="${round(value * scale)}" height="${BAR}" rx="2" fill="${COLOURS[name]}"/>`,
      );
      const cpu = one.peers[name]?.median[HEADLINE] as number;
      const words = name === 'signalbox' ? `${short(cpu)} us` : `${short(value)} x`;
      parts.push(
        text(LABELS + value * scale + 6, y + BAR / 2, words, 'start', name === 'signalbox' ? 'ours' : 'value'),
      );
      y += BAR + GAP;
    }
    y += BETWEEN;
  }
  return page(y, [...legend(names), ...parts]);
}

function multiple({ peers }: CaseResult, name: string): number {
  return (peers[name]?.median[HEADLINE] as number) / (peers.signalbox?.median[HEADLINE] as number);
}

function legend(names: readonly string[]): string[] {
  const step = (WIDTH - 40) / names.length;
  return names.flatMap((name, at) => [
    `<rect x="${round(20 + at * step)}" y="46" width="12" height="12" rx="2" fill="${COLOURS[name]}"/>`,
    text(38 + at * step, 52, titleOf(name), 'start', 'value'),
  ]);
}

function page(height: number, parts: readonly string[]): string {
  const style =
    'text{font:12px system-ui,sans-serif;fill:#334155;dominant-baseline:central}' +
    '.title{font-size:15px;font-weight:600;fill:#0f172a}.ours{font-weight:600;fill:#0f766e}.label{fill:#0f172a}';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${TITLE}</title>`,
    `<style>${style}</style>`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#fff"/>`,
    text(20, 24, TITLE, 'start', 'title'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, words: string, anchor: 'start' | 'end', kind: string): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" class="${kind}">${words}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
