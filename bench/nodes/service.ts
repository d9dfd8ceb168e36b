import type { ChildProcess } from 'node:child_process';
import type { Cores } from '../rig/cores.ts';
import { startServer } from '../rig/rig.ts';
import { startRedis } from './redis.ts';

/** Where a running service is. */
export interface Place {
  /** Ports of node 1 and node 2. */
  readonly ports: readonly [number, number];
  /** Process ids of node 1, node 2 and Redis. */
  readonly pids: readonly [number, number, number];
}

/** Two nodes and their Redis, all on one core. They are ended when this process exits, at the latest. */
export class Service {
  readonly #processes: ChildProcess[] = [];
  readonly #kill = (): void => {
    for (const running of this.#processes) running.kill('SIGKILL');
  };

  constructor() {
    process.once('exit', this.#kill);
  }

  /** @param command The command that starts a node. */
  async start(cores: Cores, command: (redisPort: number) => readonly string[]): Promise<Place> {
    const redis = await startRedis(cores.server);
    this.#processes.push(redis.running);
    await redis.ready;
    const nodes = [1, 2].map(() => startServer(cores, command(redis.port)));
    this.#processes.unshift(...nodes.map(({ running }) => running));
    const ports = await Promise.all(nodes.map(({ listening }) => listening));
    return {
      ports: ports as unknown as Place['ports'],
      pids: this.#processes.map(({ pid }) => pid) as unknown as Place['pids'],
    };
  }

  end(): void {
    process.off('exit', this.#kill);
    this.#kill();
  }
}
