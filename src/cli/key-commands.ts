import type { Command } from 'commander';
import type { CreatedKey } from '../auth/keys.ts';
import { systemClock } from '../clock.ts';
import { CommandProblem } from './command-problems.ts';
import type { EndSignals } from './end-signals.ts';
import { type KeyFlags, keyIdOf, newKeyOf, overlapOf } from './key-arguments.ts';
import { withKeys } from './key-database.ts';
import { jsonOf, lineOf, momentOf, tableOf } from './key-texts.ts';
import { type DatabaseFlags, runCommand } from './run-command.ts';
import type { Settings } from './settings.ts';
import { print, printNote } from './terminal.ts';

type Flags = KeyFlags & DatabaseFlags & { readonly json?: boolean };

/** Adds `signalbox key`, which makes, lists, replaces and revokes API keys in the database of the settings. */
export function addKeyCommands(program: Command, signals: EndSignals): void {
  const key = program
    .command('key')
    .description('Make, list, rotate and revoke API keys of the database, also while a server runs');
  const add = (
    name: string,
    description: string,
    act: (settings: Settings, flags: Flags, id: string) => Promise<void>,
  ) => {
    const command = key.command(name).description(description);
    const [, ...words] = name.split(' ');
    command.option('--storage <text>', 'the database: sqlite:PATH, or a URL of PostgreSQL without a password');
    command.option('--data <text>', 'folder of the database (default: ./data)');
    command.option('--config <file>', 'settings in a file, JSON or YAML');
    command.option('--json', 'print JSON, for programs');
    command.action(async (...given: unknown[]) => {
      signals.endAtOnce();
      const [flags, id] = words.length === 0 ? [given[0] as Flags, ''] : [given[1] as Flags, given[0] as string];
      process.exitCode = await runCommand(flags, async (settings) => {
        await act(settings, flags, id);
        return 0;
      });
    });
    return command;
  };
  add('create', 'Make a key, and print it: it is shown once', create)
    .option('--name <text>', 'what it is for, for people')
    .option('--kind <text>', 'virtual, or master: for those who run the server (default: virtual)')
    .option('--user <text>', 'id of the user that it stands for (default: the id of the key)')
    .option('--roles <a,b,...>', 'roles of that user')
    .option('--expires <text>', 'when it ends: 90d, 12h, or a date (default: never)');
  add('list', 'List all keys, without their secrets', list);
  add('revoke <id>', 'End a key, and its connections', revoke);
  add('rotate <id>', 'Give a key a new secret, and print it', rotate).option(
    '--overlap <text>',
    'how long the old secret is good: 1d, 12h (default: not at all)',
  );
}

async function create(settings: Settings, flags: Flags): Promise<void> {
  const key = newKeyOf(flags, systemClock.wallNow());
  const made = await withKeys(settings, true, (keys) => keys.create(key));
  show(made, flags, `${lineOf(made.key)}. This is its only copy:`);
}

async function list(settings: Settings, { json }: Flags): Promise<void> {
  const keys = await withKeys(settings, false, (all) => all.list());
  if (json === true) print(jsonOf({ keys }));
  else if (keys.length === 0) printNote('there are no keys yet');
  else for (const line of tableOf(keys, systemClock.wallNow())) print(line);
}

async function revoke(settings: Settings, { json }: Flags, word: string): Promise<void> {
  const id = keyIdOf(word);
  if (!(await withKeys(settings, false, (keys) => keys.revoke(id))))
    throw new CommandProblem(`there is no key ${id}, or it was revoked before`);
  if (json === true) print(jsonOf({ revoked: true }));
  else printNote(`the key ${id} is revoked: servers end its connections within two seconds`);
}

async function rotate(settings: Settings, flags: Flags, word: string): Promise<void> {
  const id = keyIdOf(word);
  const overlapMs = overlapOf(flags);
  const made = await withKeys(settings, false, (keys) => keys.rotate(id, { overlapMs }));
  const end = overlapMs === 0 ? 'is over' : `is good until ${momentOf(systemClock.wallNow() + overlapMs)}`;
  show(made, flags, `${lineOf(made.key)}. The old secret ${end}. This is the only copy of the new one:`);
}

/** Prints a secret on standard output alone, so that `KEY=$(signalbox key create ...)` is the key. */
function show({ key, secret }: CreatedKey, { json }: Flags, note: string): void {
  if (json === true) print(jsonOf({ key, secret }));
  else {
    printNote(note);
    print(secret);
  }
}
