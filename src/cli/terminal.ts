import { standardError, standardOutput } from '../output/standard.ts';
import { printable } from '../printable.ts';

/** Prints a line on standard output. */
export function print(line: string): void {
  standardOutput().write(`${printable(line)}\n`);
}

/** Prints a line for people on standard error, beside what is printed for programs. */
export function printNote(line: string): void {
  standardError().write(`${printable(line)}\n`);
}

/** Prints a problem on standard error. */
export function printProblem(problem: string): void {
  standardError().write(`signalbox: ${printable(problem)}\n`);
}
