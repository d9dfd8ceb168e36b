import type { Config } from './config.ts';

/** Says what is wrong with a configuration, or what it comes to. @returns whether it can be used. */
export function check(config: Config): boolean {
  if ('problems' in config) {
    for (const problem of config.problems) console.error(`signalbox: ${problem}`);
    return false;
  }
  const { inspectToken, ...shown } = config.settings;
  console.log('The settings are fine:');
  for (const [name, value] of Object.entries(shown)) console.log(`  ${name}: ${JSON.stringify(value)}`);
  if (inspectToken !== undefined) console.log('  inspectToken: (not shown)');
  return true;
}
