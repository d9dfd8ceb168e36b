import { medianOf } from '../compare/median.ts';
import { ratiosOf } from '../compare/ratios.ts';
import { short } from '../report/table.ts';
import type { CostSet } from './generator.ts';
import type { GroupName } from './hub.ts';
import type { Cost } from './messages.ts';
import { SITE_NAMES, SITES, type SiteName } from './sites.ts';

const FIGURES = ['cpuUs', 'p50Us', 'p99Us'] as const satisfies (keyof Cost)[];
const WIDTHS = [18, 10, 10, 8, 16, 9, 10, 8, 9, 10, 8] as const;

/**
 * Costs of messages, in lines: one for each service, with those to the group that keeps them, those to the group that
 * does not, and the quotient of the two.
 *
 * @param sets In the order in which they were measured.
 */
export function historyTable(title: string, sets: readonly CostSet[], perRound: number): string {
  const lines = SITE_NAMES.map((name) => {
    const cells = FIGURES.flatMap((figure) => {
      const of = (group: GroupName): number[] => sets.map((set) => set[name][group][figure]);
      const [kept, plain] = [of('kept'), of('plain')];
      const pairs = kept.map((here, at) => ({ here, there: plain[at] as number }));
      const { ratio, interval } = ratiosOf(pairs, perRound);
      const between = interval.map((end) => end.toFixed(2)).join('-');
      const times = [short(medianOf(kept)), short(medianOf(plain)), ratio.toFixed(2)];
      return figure === 'cpuUs' ? [...times, between] : times;
    });
    return row([titleOf(name), ...cells]);
  });
  const head = row([
    '',
    'CPU us',
    'without',
    'ratio',
    '90 % interval',
    'p50 us',
    'without',
    'ratio',
    'p99 us',
    'without',
    'ratio',
  ]);
  return [title, head, ...lines, `  ${sets.length / perRound} rounds`].join('\n');
}

function titleOf(name: SiteName): string {
  return SITES[name].title;
}

function row([what = '', ...cells]: readonly string[]): string {
  return `  ${what.padEnd(WIDTHS[0])}${cells.map((cell, at) => cell.padStart(WIDTHS[at + 1] as number)).join('')}`;
}
