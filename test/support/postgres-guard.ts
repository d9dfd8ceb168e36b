// Removes what a PostgreSQL of tests leaves behind when the test run is killed.
import { startGuard } from './guard.ts';

/**
 * Waits for the end of its standard input, which is also the end of the test run, however that ends. The first argument
 * is the folder of the server. `stopped` has ids of processes that were stopped, and cannot end by themselves.
 */
const SCRIPT = `
  cat > /dev/null
  pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)
  # Its number may be that of another process by now.
  if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd" || echo "$1/data")" = "$1/data" ]; then
    kill -KILL "$pid" $(cat "$1/stopped" 2> /dev/null)
  fi 2> /dev/null
  umount "$1/data" 2> /dev/null
  umount "$1/space" 2> /dev/null
  rm -rf "$1"`;

/**
 * Starts a process that outlives this one, and then ends the server in `folder` and removes the folder.
 *
 * @returns a function that makes it do so now.
 */
export function guardFolder(folder: string): () => Promise<void> {
  return startGuard(SCRIPT, folder);
}
