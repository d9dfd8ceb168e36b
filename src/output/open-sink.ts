import { type BigIntStats, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';
import type { Sink } from './sink.ts';
import { FileSink, NonBlockingSink } from './sinks.ts';

const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;

/** Opens the sink that fits what a descriptor is: a file, a pipe, a socket or a terminal. */
export function openSink(descriptor: number): Sink {
  let stats: BigIntStats;
  try {
    // As numbers, what is a pipe would stay in a place where Node looks when it imports a package that is a link, and
    // would then take the link for the package (nodejs/node#51142).
    stats = fstatSync(descriptor, { bigint: true });
  } catch {
    // A service of Windows may have none. Each write will say so.
    return new FileSink(descriptor);
  }
  if (stats.isFIFO() || isatty(descriptor)) {
    const again = openedAgain(`/proc/self/fd/${descriptor}`) ?? terminalOpenedAgain(stats);
    if (again !== undefined) return new NonBlockingSink(again);
  }
  if (stats.isFIFO() || stats.isSocket()) return new NonBlockingSink(descriptor, asSocket(descriptor));
  return new FileSink(descriptor);
}

/**
 * A second, non-blocking descriptor of the same pipe or terminal. Whether a descriptor blocks is shared with all
 * processes that have inherited it, so the first one stays as it is. Linux can do that; undefined where it fails.
 */
function openedAgain(path: string): number | undefined {
  try {
    return openSync(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
}

/**
 * The same for the terminal of another user, who has started this program with su or sudo: its own name may not be
 * opened, but anybody may open the one that is the same for all.
 */
function terminalOpenedAgain({ rdev }: BigIntStats): number | undefined {
  return Number(rdev) === controllingTerminal() ? openedAgain('/dev/tty') : undefined;
}

/** Device number of the terminal that this process belongs to (proc_pid_stat(5), `tty_nr`); undefined: none is known. */
function controllingTerminal(): number | undefined {
  try {
    // The name of the program, in parentheses, may hold anything.
    const [, , , , number] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(number);
  } catch {
    return undefined;
  }
}

/**
 * Makes the descriptor of a socket, as systemd gives one to a service, non-blocking: Node does that when it opens one.
 * The same for a pipe that cannot be opened again.
 */
function asSocket(descriptor: number): Socket {
  return new Socket({ fd: descriptor, readable: false, writable: true }).unref();
}
