import type { Fleet } from '../load/fleet.ts';
import type { Meter } from '../load/meter.ts';

/** The parts that a scenario uses: the generator's clients, and the meter of the server. */
export interface Load {
  readonly fleet: Fleet;
  readonly meter: Meter;
}

/** Results by name; names end in their unit. */
export type Figures = Readonly<Record<string, number>>;

/** A scenario. It runs in the generator's process, against a server that has just started. */
export type Scenario<P> = (load: Load, parameters: P) => Promise<Figures>;
