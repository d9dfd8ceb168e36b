import { type CaseResult, HEADLINE, type Results } from './results.ts';
import { microTable, short, tableOf, titleOf } from './table.ts';

const OTHERS = ['ws-floor', 'ws-loop', 'socket.io', 'aspnetcore'] as const;

/**
 * The document with the figures of a run in its sections `machine`, `ratios` and `figures`; the rest does not change.
 */
export function withFigures(document: string, results: Results): string {
  const tables = [...results.cases.map(tableOf), microTable(results.micro)].join('\n\n');
  const sections = {
    machine: machineOf(results),
    ratios: ratiosOf(comparedIn(results)),
    figures: `\`\`\`\n${tables}\n\`\`\``,
  };
  return Object.entries(sections).reduce((text, [name, content]) => withSection(text, name, content), document);
}

/** The cases that have a peer to compare with, except `slow`, in which CPU time is not the result. */
export function comparedIn({ cases }: Results): readonly CaseResult[] {
  return cases.filter(
    ({ scenario, peers }) =>
      scenario !== 'slow' && peers.signalbox !== undefined && OTHERS.some((name) => name in peers),
  );
}

function withSection(document: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the document has no section ${name}`);
  return `${document.slice(0, from + begin.length)}\n${content}\n${document.slice(to)}`;
}

/** CPU time of signalbox in microseconds, and divided by that of each peer: below 1 signalbox costs less. */
export function ratiosOf(cases: readonly CaseResult[]): string {
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

function machineOf({ machine, at }: Results): string {
  const rows = Object.entries({ ...machine, measured: at.slice(0, 10) }).map(
    ([name, value]) => `| ${name} | ${value} |`,
  );
  return ['| | |', '|---|---|', ...rows].join('\n');
}
