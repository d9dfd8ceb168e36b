// The process of the load generator: is told what to do over the channel of `fork`, does it, and says what came out.
import type { Dialect, DialectName } from '../load/dialect.ts';
import { Fleet } from '../load/fleet.ts';
import { messagePack } from '../load/messagepack.ts';
import { Meter } from '../load/meter.ts';
import { plain } from '../load/plain.ts';
import { signalR } from '../load/signalr.ts';
import { socketIo } from '../load/socket-io.ts';
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

const SPOKEN: Readonly<Record<DialectName, Dialect>> = {
  signalr: signalR,
  messagepack: messagePack,
  'socket.io': socketIo,
  plain,
};

async function run({ scenario, parameters, dialect, port, server }: Job): Promise<Outcome> {
  try {
    const load = { fleet: new Fleet(port, SPOKEN[dialect]), meter: new Meter(server) };
    // The plan pairs each scenario with its own parameters; a channel between processes cannot say so.
    return { figures: await (SCENARIOS[scenario] as Scenario<object>)(load, parameters) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', async (job: Job) => {
  process.send?.(await run(job), () => process.exit());
});
process.on('disconnect', () => process.exit());
