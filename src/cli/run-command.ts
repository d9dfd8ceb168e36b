import { isA } from '../errors.ts';
import { StorageError } from '../storage/storage.ts';
import { ArgumentProblem, CommandProblem } from './command-problems.ts';
import { loadConfig } from './config.ts';
import { explain } from './explain.ts';
import type { Settings } from './settings.ts';
import { printProblem } from './terminal.ts';

/** Flags of a command that say which database it works on. */
export type DatabaseFlags = Readonly<Partial<Record<'config' | 'data' | 'storage', string>>>;

/** Exit code for arguments or settings that cannot be used. */
export const UNUSABLE = 2;
/** Exit code for a command that could not be done: there is no such key, or the database cannot be used. */
export const UNDONE = 1;

/**
 * Runs a command that works on the database of the settings, and prints why it could not be done.
 *
 * @param act Resolves with the exit code.
 * @returns the exit code.
 */
export async function runCommand(
  { config, data, storage }: DatabaseFlags,
  act: (settings: Settings) => Promise<number>,
): Promise<number> {
  const loaded = loadConfig({ config, data, storage }, process.env);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) printProblem(problem);
    return UNUSABLE;
  }
  try {
    return await act(loaded.settings);
  } catch (error) {
    const isUndone = isA(CommandProblem, error) || isA(StorageError, error);
    // Anything else is a folder that cannot be made.
    printProblem(isUndone || isA(ArgumentProblem, error) ? (error as Error).message : explain(error, loaded.settings));
    return isUndone ? UNDONE : UNUSABLE;
  }
}
