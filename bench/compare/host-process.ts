import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Pinned } from '../rig/cores.ts';
import type { Answer, Question } from './host.ts';
import type { Both, Side } from './sides.ts';

const HOST = resolve(import.meta.dirname, 'host.js');

/** The process that serves both builds. */
export class HostProcess {
  readonly #process: ChildProcess;
  readonly #exited: Promise<Answer>;

  constructor(pinned: Pinned) {
    const [command, ...rest] = pinned([process.execPath, HOST]) as [string, ...string[]];
    this.#process = spawn(command, rest, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    this.#exited = once(this.#process, 'exit').then(() => {
      throw new Error('the process that serves both builds has ended');
    });
    this.#exited.catch(() => {});
  }

  /** Starts both builds in this order. @returns their ports. */
  serve(builds: Both<string>, order: readonly Side[]): Promise<Both<number>> {
    return this.#ask({ type: 'serve', builds, order }) as Promise<Both<number>>;
  }

  /** CPU time of the process since its start, in microseconds. */
  cpuUs(): Promise<number> {
    return this.#ask({ type: 'cpu' }) as Promise<number>;
  }

  end(): void {
    this.#process.kill('SIGKILL');
  }

  async #ask(question: Question): Promise<Answer> {
    const answered = once(this.#process, 'message').then(([answer]) => answer as Answer);
    this.#process.send(question);
    return Promise.race([answered, this.#exited]);
  }
}
