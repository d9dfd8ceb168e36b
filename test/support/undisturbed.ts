import { afterEach, beforeEach, expect } from 'vitest';
import { openRaw } from './clients.ts';
import type { RawClientOptions } from './raw-client.ts';

/**
 * Runs an attack beside a healthy client that calls `Echo` all the time, and compares everything that the client has
 * received with what it would have received without the attack.
 */
export async function undisturbed(
  port: number,
  attack: () => Promise<void>,
  options?: RawClientOptions,
): Promise<void> {
  const healthy = await openRaw(port, options);
  let calls = 0;
  const call = (): Promise<unknown> => {
    calls += 1;
    return healthy.invoke('Echo', calls);
  };
  await call();
  let isOver = false;
  const attacked = attack().finally(() => {
    isOver = true;
  });
  // It is awaited below; until then its failure must not count as unhandled.
  attacked.catch(() => {});
  while (!isOver) await call();
  await attacked;
  await call();
  const trace = Array.from({ length: calls }, (_, n) => ({ type: 3, invocationId: `${n + 1}`, result: n + 1 }));
  expect(healthy.records.all).toEqual(trace);
}

/** Fails each test of a file during which an uncaught exception occurred. */
export function forbidUncaught(): void {
  let faults: unknown[] = [];
  const note = (fault: unknown): void => {
    faults.push(fault);
  };
  beforeEach(() => {
    faults = [];
    process.on('uncaughtExceptionMonitor', note).on('unhandledRejection', note);
  });
  afterEach(async () => {
    // A rejection counts as unhandled at the end of its turn.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtExceptionMonitor', note).off('unhandledRejection', note);
    expect(faults, 'caught by nobody').toEqual([]);
  });
}
