import { exitOnSignals } from '../rig/exit-on-signals.ts';
import { buildIn } from './build.ts';
import { Commands } from './commands.ts';
import { Worktree } from './worktree.ts';

/** Another state of a checkout, built in a temporary folder. */
export interface OtherState {
  /** Its checked out files and its build. */
  readonly folder: string;
  /** For files of the servers that are measured. */
  readonly data: string;
}

/**
 * Checks out and builds another state. Its folder is removed when this process exits, also after an error, or by
 * SIGINT (Ctrl-C), SIGTERM or SIGHUP.
 *
 * @throws UsageError when it cannot be checked out or built.
 */
export async function otherState(repository: string, commit: string): Promise<OtherState> {
  const commands = new Commands();
  const worktree = new Worktree(repository);
  process.once('exit', () => {
    commands.kill();
    worktree.remove();
  });
  exitOnSignals();
  worktree.checkOut(commit);
  await buildIn(worktree.folder, repository, commands);
  return { folder: worktree.folder, data: worktree.data };
}
