import type { Config } from './config.ts';
import { rehearse } from './rehearsal.ts';
import { SECRETS } from './settings.ts';
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
  print('The settings are fine:');
  for (const [name, value] of Object.entries(config.settings)) {
    if (value === undefined) continue;
    print(`  ${name}: ${(SECRETS as readonly string[]).includes(name) ? '(not shown)' : JSON.stringify(value)}`);
  }
  if (note !== undefined) print(note);
  return true;
}
