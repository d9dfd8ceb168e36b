import { short } from '../report/table.ts';
import type { Ratios } from './ratios.ts';

const WIDTHS = [42, 9, 9, 12, 15, 8] as const;

function row(cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[at] as number))).join('');
}

/** Head of the table. Its columns have fixed widths, so that each line can be shown as soon as it is known. */
export function headLine(): string {
  return row(['', 'here', 'there', 'here/there', 'middle half', 'rounds']);
}

/** @param what Name of the measured value, with its unit. */
export function lineOf(what: string, { medians, ratio, middleHalf, rounds }: Ratios): string {
  const between = middleHalf.map((value) => value.toFixed(3)).join('-');
  return row([what, short(medians.here), short(medians.there), ratio.toFixed(3), between, String(rounds)]);
}
