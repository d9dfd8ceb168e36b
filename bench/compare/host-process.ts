import { resolve } from 'node:path';
import { AskedProcess } from '../rig/asked-process.ts';
import type { Pinned } from '../rig/cores.ts';
import type { Answer, Question } from './host.ts';
import type { Both, Served, Side } from './sides.ts';

const HOST = resolve(import.meta.dirname, 'host.js');

/** The process that serves both sides. */
export class HostProcess extends AskedProcess<Question, Answer> {
  constructor(pinned: Pinned) {
    super(pinned, HOST);
  }

  /** Starts both in this order. @returns their ports. */
  serve(sides: Both<Served>, order: readonly Side[]): Promise<Both<number>> {
    return this.ask({ type: 'serve', sides, order }) as Promise<Both<number>>;
  }

  /** CPU time of the process since its start, in microseconds. */
  cpuUs(): Promise<number> {
    return this.ask({ type: 'cpu' }) as Promise<number>;
  }
}
