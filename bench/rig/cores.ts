import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Makes a command run on one core, so that server and generator do not compete for CPU time. */
export type Pinned = (command: readonly string[]) => readonly [string, ...string[]];

export interface Cores {
  readonly server: Pinned;
  readonly generator: Pinned;
  /** Text for the report. */
  readonly text: string;
}

/** The first two cores that this process may use, if there are two and taskset(1) is installed. */
export function chooseCores(): Cores {
  const [server, generator] = allowed();
  if (server === undefined || generator === undefined || !hasTaskset()) {
    const unpinned: Pinned = (command) => command as [string, ...string[]];
    return { server: unpinned, generator: unpinned, text: 'not pinned (it takes taskset and two cores)' };
  }
  const pinned =
    (core: number): Pinned =>
    (command) => ['taskset', '-c', String(core), ...command];
  return {
    server: pinned(server),
    generator: pinned(generator),
    text: `server on core ${server}, generator on core ${generator}`,
  };
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Allowed cores, from a list such as `0-3,8`. */
function allowed(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
}
