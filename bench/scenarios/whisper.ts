import { type Timing, Traffic } from '../load/traffic.ts';
import { type WhisperRound, Whispers } from '../load/whispers.ts';
import type { Scenario } from './scenario.ts';

export interface Whisper extends Timing, WhisperRound {
  readonly connections: number;
}

/** From one client to another. What it costs must not depend on how many others there are. */
export const whisper: Scenario<Whisper> = async ({ fleet, meter }, parameters) => {
  await fleet.open(parameters.connections, { ids: true });
  const traffic = new Traffic(meter);
  new Whispers(fleet, parameters, traffic).start();
  return traffic.measure(parameters);
};
