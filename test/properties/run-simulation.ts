import fc from 'fast-check';
import type { Plan, Reached } from '../support/check-property.ts';
import { property } from '../support/property.ts';
import type { Commands } from './commands.ts';
import { Simulation, type SimulationSettings } from './simulation.ts';

/** Participants from the beginning. A history that had to connect them first would rarely get far. */
const FIRST_PARTICIPANTS = [
  { over: 'WebSockets', connect: 'prompt', disconnect: 'prompt' },
  { over: 'LongPolling', connect: 'prompt', disconnect: 'slow' },
  { over: 'LongPolling', connect: 'slow', disconnect: 'prompt' },
  { over: 'ServerSentEvents', connect: 'prompt', disconnect: 'prompt' },
  { over: 'Returning', connect: 'slow', disconnect: 'slow' },
  { over: 'Plain', connect: 'prompt', disconnect: 'prompt' },
] as const;

/** Runs a history, in an order that the scheduler chooses wherever there is a choice. */
export async function runSimulation(
  scheduler: fc.Scheduler,
  commands: Commands,
  settings?: SimulationSettings,
): Promise<Simulation> {
  const simulation = new Simulation(scheduler, settings);
  for (const habits of FIRST_PARTICIPANTS) simulation.open(habits).peer.client.handshake();
  const start = () => ({ model: { participants: FIRST_PARTICIPANTS.length, isDraining: false }, real: simulation });
  await fc.scheduledModelRun(scheduler, start, commands);
  return simulation;
}

/** A property that holds in a simulation after every such history. */
export function inEveryHistory<Name extends string = never>(
  name: string,
  histories: fc.Arbitrary<Commands>,
  plan: number | Plan<[fc.Scheduler, Commands], Name>,
  holds: (simulation: Simulation, reached: Reached<Name>) => Promise<void>,
): void {
  property(name, [fc.scheduler(), histories], plan, async (scheduler, commands, reached) => {
    await holds(await runSimulation(scheduler, commands), reached);
  });
}
