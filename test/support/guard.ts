// Starts the processes that tidy up after a test run, also after one that is killed.
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Starts a shell that outlives this process. Its script waits for the end of its standard input, which is also the end
 * of this process, and then tidies up.
 *
 * @param argument First argument of the script.
 * @returns a function that makes it tidy up now.
 */
export function startGuard(script: string, argument: string): () => Promise<void> {
  // Detached: a Ctrl-C that ends the tests must not end it.
  const guard = spawn('sh', ['-c', script, 'guard', argument], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()));
  guard.unref();
  (guard.stdin as Socket).unref();
  return () => {
    guard.ref();
    guard.stdin.end();
    return ended;
  };
}
