import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MICROSECONDS = 1_000_000;
/** The unit of CPU times in /proc. */
const TICK_US = MICROSECONDS / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/**
 * User and system time of all threads of a process, in microseconds, to 10 ms (proc(5), /proc/pid/stat, fields 14 and
 * 15).
 */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses, which may contain any characters.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Resident memory of a process, in KiB. */
export function rssKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
