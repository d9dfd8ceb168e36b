import type { ChildProcess } from 'node:child_process';
import type { Cores } from '../rig/cores.ts';
import { startServer } from '../rig/rig.ts';
import { startRedis } from './redis.ts';

/** Where a running service is. */
export interface Place {
  /** Ports of its nodes. */
  readonly ports: readonly number[];
  /** Process ids of its nodes, and then of Redis, if it has one. */
  readonly pids: readonly number[];
}

/** Nodes and their Redis, all on one core. They are ended when this process exits, at the latest. */
export class Service {
  readonly #processes: ChildProcess[] = [];
  readonly #kill = (): void => {
    for (const running of this.#processes) running.kill('SIGKILL');
  };

  constructor() {
    process.once('exit', this.#kill);
  }

  /** @param command The command that starts a node. @param count Number of nodes. */
  async start(cores: Cores, command: (redisPort: number) => readonly string[], count = 2): Promise<Place> {
    const redis = await startRedis(cores.server);
    this.#processes.push(redis.running);
    await redis.ready;
    return this.#startNodes(cores, () => command(redis.port), count);
  }

  /** Starts one node without Redis. */
  startAlone(cores: Cores, command: readonly string[]): Promise<Place> {
    return this.#startNodes(cores, () => command, 1);
  }

  async #startNodes(cores: Cores, command: () => readonly string[], count: number): Promise<Place> {
    const nodes = Array.from({ length: count }, () => startServer(cores, command()));
    this.#processes.unshift(...nodes.map(({ running }) => running));
    const ports = await Promise.all(nodes.map(({ listening }) => listening));
    return { ports, pids: this.#processes.map(({ pid }) => pid as number) };
  }

  end(): void {
    process.off('exit', this.#kill);
    this.#kill();
  }
}
