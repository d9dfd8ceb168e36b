import { existsSync, readdirSync, readFileSync } from 'node:fs';

const NS_PER_US = 1_000;

/** Whether the kernel counts the time of each thread (its option CONFIG_SCHED_INFO). */
export function hasThreadTimes(): boolean {
  return existsSync('/proc/self/schedstat');
}

/**
 * Starts a measurement of a process, finer than with the ticks of `cpuUs`: Redis needs less than a tick for a batch.
 *
 * @returns a function that gives the CPU time of all threads since then, in microseconds. A thread that has ended
 * meanwhile is not counted, and what a running one has done in the last milliseconds may be missing.
 */
export function cpuSince(pid: number): () => number {
  const before = threadTimes(pid);
  return () => {
    let ns = 0;
    for (const [thread, time] of threadTimes(pid)) ns += time - (before.get(thread) ?? 0);
    return ns / NS_PER_US;
  };
}

/** Nanoseconds on a processor of each thread that a process has now: the first value of its schedstat. */
function threadTimes(pid: number): Map<string, number> {
  const folder = `/proc/${pid}/task`;
  const times = new Map<string, number>();
  for (const thread of readdirSync(folder)) {
    try {
      times.set(thread, Number.parseInt(readFileSync(`${folder}/${thread}/schedstat`, 'utf8'), 10));
    } catch (error) {
      // It has ended since the folder was read.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return times;
}
