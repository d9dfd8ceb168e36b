// Brings the figures of a run into docs/performance.md and draws docs/images/performance.svg.
// `npm run bench:document [FILE]`; default: bench/results/latest.json
import { readFileSync, writeFileSync } from 'node:fs';
import { plotOf } from './plot.ts';
import { type CaseResult, HEADLINE, type Results } from './results.ts';
import { microTable, short, tableOf, titleOf } from './table.ts';

const DOCUMENT = 'docs/performance.md';
const PLOT = 'docs/images/performance.svg';
const OTHERS = ['ws-floor', 'ws-loop', 'socket.io', 'aspnetcore'] as const;

function section(document: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${DOCUMENT} has no section ${name}`);
  return `${document.slice(0, from + begin.length)}\n${content}\n${document.slice(to)}`;
}

/** Ours in microseconds, and divided by each of the others: below 1 ours costs less. */
function ratios(cases: readonly CaseResult[]): string {
  const head = ['what', 'signalbox, us', ...OTHERS.map((name) => `/ ${titleOf(name)}`)];
  const rows = cases.map(({ title, peers }) => {
    const ours = peers.signalbox?.median[HEADLINE] as number;
    const cells = OTHERS.map((name) => {
      const its = peers[name]?.median[HEADLINE];
      return its === undefined || Number.isNaN(its) ? '' : (ours / its).toFixed(2);
    });
    return [title, short(ours), ...cells];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function machine({ machine, at }: Results): string {
  const rows = Object.entries({ ...machine, measured: at.slice(0, 10) }).map(
    ([name, value]) => `| ${name} | ${value} |`,
  );
  return ['| | |', '|---|---|', ...rows].join('\n');
}

const results = JSON.parse(readFileSync(process.argv[2] ?? 'bench/results/latest.json', 'utf8')) as Results;
// Where the slow are, what the others cost is of no interest.
const compared = results.cases.filter(
  ({ scenario, peers }) => scenario !== 'slow' && peers.signalbox !== undefined && OTHERS.some((name) => name in peers),
);
const tables = [...results.cases.map(tableOf), microTable(results.micro)].join('\n\n');
let document = readFileSync(DOCUMENT, 'utf8');
document = section(document, 'machine', machine(results));
document = section(document, 'ratios', ratios(compared));
document = section(document, 'figures', `\`\`\`\n${tables}\n\`\`\``);
writeFileSync(DOCUMENT, document);
writeFileSync(PLOT, plotOf(compared));
