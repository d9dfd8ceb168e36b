import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { Fleet } from '../load/fleet.ts';
import { Meter } from '../load/meter.ts';
import { signalR } from '../load/signalr.ts';
import type { Cores } from '../rig/cores.ts';
import { startServer } from '../rig/rig.ts';
import { orderOf } from './order.ts';
import { isEnough } from './ratios.ts';
import { type Both, SIDES, type Side, serverIn } from './sides.ts';

/** Costs of a connection to a server that has just started. */
export interface ColdFigures {
  readonly cpuUs: number;
  readonly rssKib: number;
}

/** Number of connections to each server: together as many sockets as in the scenario `connect-cold`. */
export const COLD_CONNECTIONS = 5_000;
/** Number of clients that connect to one of the two, before as many connect to the other. */
const BATCH = 100;
/** Time in which session records are written and free memory is returned. */
const SETTLE_MS = 1_000;
/** Number of pairs in a round. A pair takes seconds. */
export const COLD_PAIRS_PER_ROUND = 1;

/** Measures pair by pair, for at least `seconds` and nine rounds. */
export async function compareColdConnects(
  cores: Cores,
  builds: Both<string>,
  data: string,
  seconds: number,
): Promise<readonly Both<ColdFigures>[]> {
  const pairs: Both<ColdFigures>[] = [];
  const end = performance.now() + seconds * 1_000;
  while (!isEnough(pairs.length, COLD_PAIRS_PER_ROUND, performance.now() >= end)) {
    const order = orderOf(pairs.length);
    pairs.push(await connectTo(cores, builds, data, order));
    rmSync(data, { recursive: true, force: true });
  }
  return pairs;
}

/** Starts what `signalbox serve` starts, from both builds, on one core, and connects to both servers in turn. */
async function connectTo(
  cores: Cores,
  builds: Both<string>,
  data: string,
  order: readonly Side[],
): Promise<Both<ColdFigures>> {
  const start = (side: Side) => startServer(cores, [process.execPath, serverIn(builds[side]), join(data, side)]);
  const servers = { here: start('here'), there: start('there') };
  let runs: Both<Run> | undefined;
  try {
    runs = { here: await Run.on(servers.here), there: await Run.on(servers.there) };
    for (let count = BATCH; count <= COLD_CONNECTIONS; count += BATCH)
      for (const side of order) await runs[side].connect(count);
    await pass(SETTLE_MS);
    return { here: runs.here.figures(), there: runs.there.figures() };
  } finally {
    for (const side of SIDES) servers[side].running.kill('SIGKILL');
    for (const side of SIDES) await runs?.[side].close();
  }
}

/** One server and its clients. */
class Run {
  readonly #fleet: Fleet;
  readonly #meter: Meter;
  readonly #rssKib: number;
  readonly #spent: ReturnType<Meter['start']>;

  constructor(port: number, pid: number) {
    this.#fleet = new Fleet(port, signalR);
    this.#meter = new Meter(pid);
    this.#rssKib = this.#meter.serverRssKib;
    this.#spent = this.#meter.start();
  }

  static async on({ running, listening }: ReturnType<typeof startServer>): Promise<Run> {
    return new Run(await listening, running.pid as number);
  }

  /** Connects clients until there are `count`. */
  connect(count: number): Promise<void> {
    return this.#fleet.open(count);
  }

  /** Closes the sockets, after the server has ended. */
  close(): Promise<void> {
    return this.#fleet.close();
  }

  /** Costs of each connection. */
  figures(): ColdFigures {
    return {
      cpuUs: this.#spent().serverCpuUs / COLD_CONNECTIONS,
      rssKib: (this.#meter.serverRssKib - this.#rssKib) / COLD_CONNECTIONS,
    };
  }
}
