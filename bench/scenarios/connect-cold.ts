import { type Connects, measureConnects } from './connects.ts';
import type { Scenario } from './scenario.ts';

/**
 * Connects to a server that has just started, as after a deployment: no code is compiled yet, and the heap has to grow.
 */
export const connectCold: Scenario<Connects> = (load, parameters) => measureConnects(load, parameters);
