import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { standardError, standardOutput } from '../output/standard.ts';
import { backplanePackageFault } from './backplane-package.ts';
import { check } from './check.ts';
import { type Config, loadConfig } from './config.ts';
import { addDatabaseCommands } from './database-commands.ts';
import type { EndSignals } from './end-signals.ts';
import { addKeyCommands } from './key-commands.ts';
import { serve } from './serve.ts';
import { FLAGGED, flagOf, kindOf, noFlagOf, Settings } from './settings.ts';
import { storageOf } from './standalone-storage.ts';
import { packageFault } from './storage-package.ts';
import { printProblem } from './terminal.ts';
import { usageProblem, wordsOf } from './usage.ts';

/** Exit code for a command line, a configuration or an environment that cannot be used. */
const UNUSABLE = 2;

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly description: string;
};

/** Runs the command that `process.argv` names, and sets the exit code of the process. */
export async function run(signals: EndSignals): Promise<void> {
  // Node writes warnings to standard error itself, and would wait for a reader.
  process.removeAllListeners('warning').on('warning', ({ name, message }) => printProblem(`${name}: ${message}`));
  try {
    await commands(signals).parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const problem = usageProblem(error, wordsOf(process.argv[2]));
    if (problem !== undefined) printProblem(problem);
    process.exitCode = error.exitCode === 0 ? 0 : UNUSABLE;
  }
}

function commands(signals: EndSignals): Command {
  const program = new Command('signalbox')
    .description(manifest.description)
    .version(manifest.version)
    .exitOverride()
    // Commander quotes its input, which may hold a secret: see usageProblem.
    .configureOutput({
      writeOut: (text) => standardOutput().write(text),
      writeErr: (text) => standardError().write(text),
      outputError: () => {},
    });
  const serving = 'Run the standalone server: the hubs at /hubs/chat and /hubs/feed, and the page of the chat at /';
  withSettings(program.command('serve').description(serving), (config) => {
    if ('settings' in config) return serve(config.settings, signals);
    for (const problem of config.problems) printProblem(problem);
    return UNUSABLE;
  });
  const checking = 'Check the settings, say what is wrong with them, and stop';
  withSettings(program.command('check').description(checking), async (config) => {
    signals.endAtOnce();
    return (await check(config)) ? 0 : UNUSABLE;
  });
  addKeyCommands(program, signals);
  addDatabaseCommands(program, signals);
  return program;
}

/** Gives a command every setting. Its action gets them checked, and returns the exit code. */
function withSettings(command: Command, action: (config: Config) => Promise<number> | number): void {
  command.option('--config <file>', 'settings in a file, JSON or YAML');
  for (const setting of FLAGGED) {
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
    const config = loadConfig(texts, process.env);
    const fault = 'settings' in config ? await missingPackage(config.settings) : undefined;
    process.exitCode = await action(fault === undefined ? config : { problems: [fault] });
  });
}

/** Why an optional package that the settings need cannot be used; undefined: all of them can. */
async function missingPackage(settings: Settings): Promise<string | undefined> {
  return (await packageFault(storageOf(settings))) ?? (await backplanePackageFault(settings));
}
