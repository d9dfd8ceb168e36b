// Removes what a Redis of tests leaves behind when the test run is killed.
import { startGuard } from './guard.ts';

/**
 * Waits for the end of its standard input, which is also the end of the test run, however that ends. The first argument
 * is the folder of the server, and `pid` in it has the number of its process. That may be another process by now.
 */
const SCRIPT = `
  cat > /dev/null
  pid=$(cat "$1/pid" 2> /dev/null)
  if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd" || echo "$1")" = "$1" ]; then kill -KILL "$pid"; fi 2> /dev/null
  rm -rf "$1"`;

/**
 * Starts a process that outlives this one, and then ends the server in `folder` and removes the folder.
 *
 * @returns a function that makes it do so now.
 */
export function guardRedis(folder: string): () => Promise<void> {
  return startGuard(SCRIPT, folder);
}
