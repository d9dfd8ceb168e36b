import { cpuUs, rssKib } from '../rig/process-figures.ts';
import { now } from './stamps.ts';

/** What a stretch of time cost. */
export interface Spent {
  readonly wallUs: number;
  readonly serverCpuUs: number;
  readonly generatorCpuUs: number;
}

/** Reads the server's and the generator's own CPU time. */
export class Meter {
  readonly #server: number;

  /** @param server Its process id. */
  constructor(server: number) {
    this.#server = server;
  }

  get serverRssKib(): number {
    return rssKib(this.#server);
  }

  /** @returns what has been spent since. */
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
