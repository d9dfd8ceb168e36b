import { printable } from '../printable.ts';

/** Says something on standard output. */
export function print(line: string): void {
  console.log(printable(line));
}

/** Says what is wrong on standard error. */
export function printProblem(problem: string): void {
  console.error(`signalbox: ${printable(problem)}`);
}
