#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { standardOutput } from '../output/standard.ts';
import { check } from './check.ts';
import { type Config, loadConfig } from './config.ts';
import { serve } from './serve.ts';
import { flagOf, kindOf, noFlagOf, SETTING_NAMES, Settings } from './settings.ts';
import { printProblem } from './terminal.ts';
import { usageProblem } from './usage.ts';

/** Exit code for a command line, a configuration or an environment that cannot be used. */
const UNUSABLE = 2;

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly description: string;
};

// Node writes warnings to standard error itself, and would wait for a reader.
process.removeAllListeners('warning').on('warning', ({ name, message }) => printProblem(`${name}: ${message}`));

const program = new Command('signalbox')
  .description(manifest.description)
  .version(manifest.version)
  .exitOverride()
  // Commander quotes its input, which may hold a secret: see usageProblem.
  .configureOutput({ writeOut: (text) => standardOutput().write(text), outputError: () => {} });

/** Adds a command that takes every setting. Its action gets them checked. */
function withSettings(name: string, description: string, run: (config: Config) => Promise<number> | number): void {
  const command = program.command(name).description(description);
  command.option('--config <file>', 'settings in a file, JSON or YAML');
  for (const setting of SETTING_NAMES) {
    const schema = Settings.shape[setting];
    const value = kindOf(setting) === 'flag' ? '' : ` <${kindOf(setting) === 'list' ? 'a,b,...' : kindOf(setting)}>`;
    const fallback = schema.safeParse(undefined).data;
    const shown =
      fallback === undefined || fallback === false || Array.isArray(fallback) ? '' : ` (default: ${fallback})`;
    command.addOption(new Option(`${flagOf(setting)}${value}`, `${schema.description}${shown}`));
    if (kindOf(setting) === 'flag') command.option(noFlagOf(setting), `the opposite of ${flagOf(setting)}`);
  }
  command.action(async (flags: Readonly<Record<string, string | boolean>>) => {
    const texts = Object.fromEntries(Object.entries(flags).map(([key, value]) => [key, String(value)]));
    process.exitCode = await run(loadConfig(texts, process.env));
  });
}

withSettings('serve', 'Run the standalone server: the chat hub at /hubs/chat, and its page at /', (config) => {
  if ('settings' in config) return serve(config.settings);
  for (const problem of config.problems) printProblem(problem);
  return UNUSABLE;
});
withSettings('check', 'Check the settings, say what is wrong with them, and stop', (config) =>
  check(config) ? 0 : UNUSABLE,
);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  const problem = usageProblem(error);
  if (problem !== undefined) printProblem(problem);
  process.exitCode = error.exitCode === 0 ? 0 : UNUSABLE;
}
