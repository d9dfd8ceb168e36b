import type { Config } from './config.ts';
import { rehearse } from './rehearsal.ts';
import { print, printProblem } from './terminal.ts';

/** Prints the problems of a configuration, or its settings. @returns whether the server can start with it. */
export async function check(config: Config): Promise<boolean> {
  if ('problems' in config) {
    for (const problem of config.problems) printProblem(problem);
    return false;
  }
  const { problem, note } = await rehearse(config.settings);
  if (problem !== undefined) {
    printProblem(problem);
    return false;
  }
  const { inspectToken, ...shown } = config.settings;
  print('The settings are fine:');
  for (const [name, value] of Object.entries(shown)) print(`  ${name}: ${JSON.stringify(value)}`);
  if (inspectToken !== undefined) print('  inspectToken: (not shown)');
  if (note !== undefined) print(note);
  return true;
}
