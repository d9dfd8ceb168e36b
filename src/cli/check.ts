import type { Config } from './config.ts';
import { complain, say } from './terminal.ts';

/** Says what is wrong with a configuration, or what it comes to. @returns whether it can be used. */
export function check(config: Config): boolean {
  if ('problems' in config) {
    for (const problem of config.problems) complain(problem);
    return false;
  }
  const { inspectToken, ...shown } = config.settings;
  say('The settings are fine:');
  for (const [name, value] of Object.entries(shown)) say(`  ${name}: ${JSON.stringify(value)}`);
  if (inspectToken !== undefined) say('  inspectToken: (not shown)');
  return true;
}
