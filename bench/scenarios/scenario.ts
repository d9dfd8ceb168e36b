import type { Fleet } from '../load/fleet.ts';
import type { Meter } from '../load/meter.ts';

/** What a scenario works with: the generator's clients, and the clock over the server. */
export interface Load {
  readonly fleet: Fleet;
  readonly meter: Meter;
}

/** What came out, by name; names end in their unit. */
export type Figures = Readonly<Record<string, number>>;

/** Runs in the generator's process, against a server that has just started. */
export type Scenario<P> = (load: Load, parameters: P) => Promise<Figures>;
