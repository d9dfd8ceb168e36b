import fc from 'fast-check';
import { property } from '../support/property.ts';
import type { Commands } from './commands.ts';
import { World, type WorldSettings } from './world.ts';

/** Members from the beginning. A history that had to connect them first would rarely get far. */
const FOUNDERS = [
  { over: 'WebSockets', connect: 'prompt', disconnect: 'prompt' },
  { over: 'LongPolling', connect: 'prompt', disconnect: 'slow' },
  { over: 'LongPolling', connect: 'slow', disconnect: 'prompt' },
  { over: 'ServerSentEvents', connect: 'prompt', disconnect: 'prompt' },
  { over: 'Returning', connect: 'slow', disconnect: 'slow' },
] as const;

/** Runs a history, in an order that the scheduler chooses wherever there is a choice. */
export async function play(scheduler: fc.Scheduler, commands: Commands, settings?: WorldSettings): Promise<World> {
  const world = new World(scheduler, settings);
  for (const habits of FOUNDERS) world.open(habits).peer.client.handshake();
  const start = () => ({ model: { members: FOUNDERS.length, isDraining: false }, real: world });
  await fc.scheduledModelRun(scheduler, start, commands);
  return world;
}

/** A property that holds in a world after every such history. */
export function inEveryHistory(
  name: string,
  histories: fc.Arbitrary<Commands>,
  runs: number,
  holds: (world: World) => Promise<void>,
): void {
  property(name, [fc.scheduler(), histories], runs, async (scheduler, commands) => {
    await holds(await play(scheduler, commands));
  });
}
