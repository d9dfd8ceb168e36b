import { setTimeout as pass } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cpuSince } from '../../bench/rig/thread-times.ts';

test('the CPU time of a process is what Node counts, in microseconds', async () => {
  const spent = cpuSince(process.pid);
  const before = process.cpuUsage();
  const used = (): number => {
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  // By the process's own time, so that it does not matter what else the machine does.
  while (used() < 200_000);
  // The kernel counts what a thread has done when it waits.
  await pass(5);
  const [counted, expected] = [spent(), used()];
  expect(counted).toBeGreaterThan(expected * 0.9);
  expect(counted).toBeLessThan(expected * 1.1);
});
