// Ends a process of tests when the test run is killed: one that is stopped cannot notice by itself.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Its standard input ends without a line when the test run has ended, however that was. */
const SCRIPT = 'read -r line || kill -KILL "$1"';

/** Starts a process that outlives this one, and then ends `child`, unless that has ended by itself. */
export function guardProcess(child: ChildProcess): void {
  // Detached: a Ctrl-C that ends the tests must not end it.
  const guard = spawn('sh', ['-c', SCRIPT, 'guard', `${child.pid}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as Socket).unref();
  child.once('exit', () => guard.stdin.end('ended\n'));
}
