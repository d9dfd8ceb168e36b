import { printable } from '../printable.ts';

/** Prints a line on standard output. */
export function print(line: string): void {
  console.log(printable(line));
}

/** Prints a problem on standard error. */
export function printProblem(problem: string): void {
  console.error(`signalbox: ${printable(problem)}`);
}
