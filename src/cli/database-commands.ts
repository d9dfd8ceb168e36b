import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { isA } from '../errors.ts';
import type { SqliteStorage } from '../storage/sqlite.ts';
import { StorageError } from '../storage/storage.ts';
import { CommandProblem } from './command-problems.ts';
import { commandStorage } from './command-storage.ts';
import type { EndSignals } from './end-signals.ts';
import { pgDump } from './pg-dump.ts';
import { type DatabaseFlags, runCommand, UNDONE, UNUSABLE } from './run-command.ts';
import type { Settings } from './settings.ts';
import { storageOf } from './standalone-storage.ts';
import { print, printNote, printProblem } from './terminal.ts';

const WHO = 'signalbox db migrate, or the next start of a server,';

/** Adds `signalbox db`, which brings the database of the settings up to date, checks it, and copies it. */
export function addDatabaseCommands(program: Command, signals: EndSignals): void {
  const db = program.command('db').description('Bring the database up to date, check it, or copy it');
  const add = (name: string, description: string, act: (settings: Settings, word: string) => Promise<number>): void => {
    const command = db.command(name).description(description);
    command.option('--storage <text>', 'the database: sqlite:PATH, or a URL of PostgreSQL without a password');
    command.option('--data <text>', 'folder of the database (default: ./data)');
    command.option('--config <file>', 'settings in a file, JSON or YAML');
    command.action(async (...given: unknown[]) => {
      const [flags, word] = name.includes(' ') ? [given[1], given[0]] : [given[0], ''];
      process.exitCode = await runCommand(flags as DatabaseFlags, (settings) => act(settings, word as string));
    });
  };
  add('migrate', 'Bring its schema up to date, as a server does when it starts', (settings) => {
    signals.endAtOnce();
    return migrate(settings);
  });
  add('check', 'Say which schema it has, and whether it is damaged; nothing is changed', (settings) => {
    signals.endAtOnce();
    return check(settings);
  });
  add('backup <file>', 'Copy a SQLite database into a new file, while servers write', (settings, file) =>
    backUp(settings, file, signals),
  );
}

async function migrate(settings: Settings): Promise<number> {
  if (isNothing(settings)) return nothing('there is nothing to bring up to date', 0);
  const { storage, shown } = await commandStorage(settings, true);
  const { from, to } = await storage.migrate();
  if (from === to) print(`${shown} is up to date: schema ${to}`);
  else print(from === 0 ? `${shown} is made: schema ${to}` : `${shown} is brought from schema ${from} to ${to}`);
  return 0;
}

/** @returns 0: it is up to date. 1: it has to be brought up to date. 2: it cannot be used. */
async function check(settings: Settings): Promise<number> {
  if (isNothing(settings)) return nothing('there is nothing to check', 0);
  const { path, shown } = storageOf(settings);
  if (path !== undefined && !existsSync(path)) return missing(`${shown} is not there yet`);
  try {
    const { storage } = await commandStorage(settings, false);
    const { version, latest } = await storage.check();
    if (version === 0) return missing(`${shown} has no tables of signalbox yet`);
    const isOld = version < latest;
    print(
      isOld
        ? `${shown} has schema ${version}, and needs ${latest}: ${WHO} brings it up to date`
        : `${shown} has schema ${version}`,
    );
    if (path !== undefined) print('no damage was found');
    return isOld ? UNDONE : 0;
  } catch (error) {
    if (!isA(StorageError, error) && !isA(CommandProblem, error)) throw error;
    printProblem((error as Error).message);
    return UNUSABLE;
  }
}

function missing(what: string): number {
  print(`${what}: ${WHO} makes what is missing`);
  return UNDONE;
}

function nothing(what: string, exitCode: number): number {
  printNote(`storage is memory:, which has no database: ${what}`);
  return exitCode;
}

async function backUp(settings: Settings, file: string, signals: EndSignals): Promise<number> {
  if (isNothing(settings)) return nothing('there is nothing to copy', UNUSABLE);
  const { url, path } = storageOf(settings);
  if (path === undefined) {
    printProblem('PostgreSQL has a program that copies it:');
    print(pgDump(url, file));
    return UNUSABLE;
  }
  const { storage, shown } = await commandStorage(settings, false);
  const given = new AbortController();
  const copied = (storage as SqliteStorage).backUp(file, given.signal);
  const isEnded = await Promise.race([copied.then(() => false), signals.requested.then(() => true)]);
  if (isEnded) {
    given.abort();
    await copied.catch(() => {});
    // Ends the process as the signal would have.
    signals.endAtOnce();
  }
  print(`${file} has what ${shown} had when the copy was begun`);
  return 0;
}

function isNothing(settings: Settings): boolean {
  return storageOf(settings).url === 'memory:';
}
