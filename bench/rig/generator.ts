// The process of the load generator. It gets a job over the channel of `fork`, does it, and sends the outcome.

import type { DialectName } from '../load/dialect.ts';
import { DIALECT_OF } from '../load/dialects.ts';
import { Fleet } from '../load/fleet.ts';
import { Meter } from '../load/meter.ts';
import { SCENARIOS, type ScenarioName } from '../scenarios/all.ts';
import type { Figures, Scenario } from '../scenarios/scenario.ts';

export interface Job {
  readonly scenario: ScenarioName;
  readonly parameters: object;
  readonly dialect: DialectName;
  readonly port: number;
  /** The server's process id. */
  readonly server: number;
}

export type Outcome = { readonly figures: Figures } | { readonly error: string };

async function run({ scenario, parameters, dialect, port, server }: Job): Promise<Outcome> {
  try {
    const load = { fleet: new Fleet(port, DIALECT_OF[dialect]), meter: new Meter(server) };
    // The plan gives each scenario its own parameters; the type of the channel cannot express it.
    return { figures: await (SCENARIOS[scenario] as Scenario<object>)(load, parameters) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', async (job: Job) => {
  process.send?.(await run(job), () => process.exit());
});
process.on('disconnect', () => process.exit());
