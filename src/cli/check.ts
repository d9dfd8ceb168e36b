import { withoutQuery } from '../without-credentials.ts';
import type { Config } from './config.ts';
import { rehearse } from './rehearsal.ts';
import { SECRETS, type SettingName } from './settings.ts';
import { shownBackplane } from './standalone-backplane.ts';
import { shownUrl } from './standalone-storage.ts';
import { print, printProblem } from './terminal.ts';

/** Prints the problems of a configuration, or its settings. @returns whether the server can start with it. */
export async function check(config: Config): Promise<boolean> {
  if ('problems' in config) {
    for (const problem of config.problems) printProblem(problem);
    return false;
  }
  const { problem, notes } = await rehearse(config.settings);
  if (problem !== undefined) {
    printProblem(problem);
    return false;
  }
  print('The settings are fine:');
  for (const [name, value] of Object.entries(config.settings)) {
    if (value === undefined) continue;
    print(`  ${name}: ${shown(name as SettingName, value)}`);
  }
  for (const note of notes) print(note);
  return true;
}

function shown(name: SettingName, value: unknown): string {
  if (SECRETS.includes(name)) return '(not shown)';
  if (name === 'storage') return JSON.stringify(shownUrl(String(value)));
  if (name === 'backplane') return JSON.stringify(shownBackplane(String(value)));
  return JSON.stringify(name === 'auth.jwt.jwksUrl' ? withoutQuery(String(value)) : value);
}
