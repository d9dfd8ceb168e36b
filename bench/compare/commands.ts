import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { UsageError } from '../../scripts/program.ts';

/** Commands that prepare the other build, one after the other. */
export class Commands {
  #running: ChildProcess | undefined;

  /**
   * Runs a command in a folder and waits for its end.
   *
   * @throws UsageError with its output when it fails.
   */
  async run(folder: string, command: string, ...args: readonly string[]): Promise<void> {
    // A process group of its own, so that `kill` also ends the commands that this one has started.
    const child = spawn(command, args, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running = child;
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    this.#running = undefined;
    if (code === 0) return;
    throw new UsageError(`\`${[command, ...args].join(' ')}\` fails in ${folder}:\n${out}${err}`.trimEnd());
  }

  /** Ends the running command, if there is one. */
  kill(): void {
    const pid = this.#running?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      // It has ended, and its event has not arrived yet.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
