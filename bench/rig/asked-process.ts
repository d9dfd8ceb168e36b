import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Pinned } from './cores.ts';

/** A process of Node that answers questions over the channel of `fork`, one at a time. */
export class AskedProcess<Question extends object, Answer> {
  readonly #process: ChildProcess;
  readonly #exited: Promise<Answer>;

  /** @param program Flags of Node, and the built program. */
  constructor(pinned: Pinned, ...program: readonly string[]) {
    const [command, ...rest] = pinned([process.execPath, ...program]) as [string, ...string[]];
    this.#process = spawn(command, rest, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    this.#exited = once(this.#process, 'exit').then(() => {
      throw new Error(`the process has ended: ${program.at(-1)}`);
    });
    this.#exited.catch(() => {});
  }

  end(): void {
    this.#process.kill('SIGKILL');
  }

  protected async ask(question: Question): Promise<Answer> {
    const answered = once(this.#process, 'message').then(([answer]) => answer as Answer);
    this.#process.send(question);
    return Promise.race([answered, this.#exited]);
  }
}
