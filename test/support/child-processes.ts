import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes that a process has started, and that are there. */
export function childrenOf(parent: number): readonly number[] {
  return pairs()
    .filter(([, of]) => of === parent)
    .map(([id]) => id);
}

/** Whether a process has not ended. Needs Linux. */
export function isRunning(id: number): boolean {
  try {
    // A process that has ended stays, without a program, until somebody asks how.
    return readFileSync(`/proc/${id}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

/** Each process with its parent. */
function pairs(): readonly (readonly [id: number, parent: number])[] {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)]);
}

function parentOf(id: string): number {
  try {
    // The name of the program, in brackets, may have any character.
    const rest = readFileSync(`/proc/${id}/stat`, 'utf8').replace(/^.*\) /s, '');
    return Number(rest.split(' ')[1]);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}
