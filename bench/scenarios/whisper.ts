import { type Timing, Traffic } from '../load/traffic.ts';
import { type WhisperRound, Whispers } from '../load/whispers.ts';
import type { Scenario } from './scenario.ts';

export interface Whisper extends Timing, WhisperRound {
  readonly connections: number;
}

/** Messages from one client to another. Their cost must not depend on the number of other clients. */
export const whisper: Scenario<Whisper> = async ({ fleet, meter }, parameters) => {
  await fleet.open(parameters.connections, { ids: true });
  const traffic = new Traffic(meter);
  new Whispers(fleet, parameters, traffic).start();
  return traffic.measure(parameters);
};
