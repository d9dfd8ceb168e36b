import { resolve } from 'node:path';
import { AskedProcess } from '../rig/asked-process.ts';
import type { Pinned } from '../rig/cores.ts';
import type { Answer, Question } from './host.ts';
import type { ByKind, Kind, Target } from './kinds.ts';

const HOST = resolve(import.meta.dirname, 'host.js');

/** The process with a server for each kind of credential. */
export class HostProcess extends AskedProcess<Question, Answer> {
  constructor(pinned: Pinned) {
    super(pinned, HOST);
  }

  /** Starts the servers in this order. */
  serve(order: readonly Kind[]): Promise<ByKind<Target>> {
    return this.ask({ type: 'serve', order }) as Promise<ByKind<Target>>;
  }

  /** CPU time of the process since its start, in microseconds. */
  cpuUs(): Promise<number> {
    return this.ask({ type: 'cpu' }) as Promise<number>;
  }
}
