import type { Config } from './config.ts';
import { print, printProblem } from './terminal.ts';

/** Prints the problems of a configuration, or its settings. @returns whether it can be used. */
export function check(config: Config): boolean {
  if ('problems' in config) {
    for (const problem of config.problems) printProblem(problem);
    return false;
  }
  const { inspectToken, ...shown } = config.settings;
  print('The settings are fine:');
  for (const [name, value] of Object.entries(shown)) print(`  ${name}: ${JSON.stringify(value)}`);
  if (inspectToken !== undefined) print('  inspectToken: (not shown)');
  return true;
}
