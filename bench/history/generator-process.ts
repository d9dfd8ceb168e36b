import { resolve } from 'node:path';
import { AskedProcess } from '../rig/asked-process.ts';
import type { Pinned } from '../rig/cores.ts';
import type { CostSet, Job } from './generator.ts';

const GENERATOR = resolve(import.meta.dirname, 'generator.js');

/** The process of the clients. It produces little garbage; a large young generation avoids most collections. */
export class GeneratorProcess extends AskedProcess<Job, readonly CostSet[]> {
  constructor(pinned: Pinned) {
    super(pinned, '--max-semi-space-size=64', GENERATOR);
  }

  measure(job: Job): Promise<readonly CostSet[]> {
    return this.ask(job);
  }
}
