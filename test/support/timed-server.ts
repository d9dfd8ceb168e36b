import { onTestFinished } from 'vitest';
import type { ServerOptions } from '../../src/index.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { type Hubs, startServer, type TestServer } from './test-server.ts';

export interface TimedServer extends TestServer {
  readonly clock: SimulatedClock;
  /** Lets time pass in small steps, so that the effects of one alarm happen before the next. */
  pass(ms: number): void;
}

const STEP_MS = 100;

/** A server over real sockets, on a clock that only the test moves. */
export async function startTimedServer(
  hubs: Hubs,
  options: Omit<ServerOptions, 'hubs'> = {},
  clock = new SimulatedClock(),
): Promise<TimedServer> {
  const started = await startServer(hubs, { ...options, clock });
  // Otherwise closing would wait for ever for clients that have not left.
  onTestFinished(async () => {
    const hurry = setInterval(() => clock.increment(1_000), 1);
    await started.server.close({ drainMs: 0 });
    clearInterval(hurry);
  });
  return {
    ...started,
    clock,
    pass: (ms) => {
      for (let left = ms; left > 0; left -= STEP_MS) clock.increment(Math.min(STEP_MS, left));
    },
  };
}
