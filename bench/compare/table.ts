import { short } from '../report/table.ts';
import { isWorse, LIMIT, type Ratios } from './ratios.ts';

const WIDTHS = [42, 9, 9, 12, 16, 8] as const;

function row(cells: readonly string[], verdict: string): string {
  const aligned = cells.map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[at] as number)));
  return `${aligned.join('')}   ${verdict}`;
}

/** Head of the table. Its columns have fixed widths, so that each line can be shown as soon as it is known. */
export function headLine(): string {
  return row(['', 'here', 'there', 'here/there', '90 % interval', 'rounds'], `than ${LIMIT}`);
}

/** @param what Name of the measured value, with its unit. */
export function lineOf(what: string, ratios: Ratios): string {
  const { medians, ratio, interval, rounds } = ratios;
  const between = interval.map((value) => value.toFixed(3)).join('-');
  const cells = [what, short(medians.here), short(medians.there), ratio.toFixed(3), between, String(rounds)];
  return row(cells, isWorse(ratios) ? 'worse' : 'no worse');
}
