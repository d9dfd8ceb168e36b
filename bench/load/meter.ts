import { cpuUs, rssKib } from '../rig/process-figures.ts';
import { now } from './stamps.ts';

/** Costs of a period of time. */
export interface Spent {
  readonly wallUs: number;
  readonly serverCpuUs: number;
  readonly generatorCpuUs: number;
}

/** Measures the CPU times of the server and of the generator. */
export class Meter {
  readonly #server: number;

  /** @param server Process id of the server. */
  constructor(server: number) {
    this.#server = server;
  }

  get serverRssKib(): number {
    return rssKib(this.#server);
  }

  /** Starts a measurement. @returns a function that gives the costs since then. */
  start(): () => Spent {
    const wall = now();
    const server = cpuUs(this.#server);
    const own = process.cpuUsage();
    return () => {
      const { user, system } = process.cpuUsage(own);
      return { wallUs: now() - wall, serverCpuUs: cpuUs(this.#server) - server, generatorCpuUs: user + system };
    };
  }
}
