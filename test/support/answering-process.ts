// A process of its own that answers requests over the channel of `fork`, so that its memory and its CPU time can be
// measured.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

type Replies<Requests> = { readonly [Q in keyof Requests]: () => Requests[Q] | Promise<Requests[Q]> };

/** The side that sends requests. `Requests` holds the type of each answer by the name of the request. */
export class AnsweringProcess<Requests extends object> {
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  readonly #process: ChildProcess;

  /** @param nodeArguments Arguments of Node itself, such as `--expose-gc`. */
  constructor(file: URL, nodeArguments: readonly string[] = [], programArguments: readonly string[] = []) {
    this.#process = fork(fileURLToPath(file), programArguments, {
      execArgv: ['--import', import.meta.resolve('tsx'), ...nodeArguments],
    });
    this.exited = once(this.#process, 'exit').then(([code, signal]) => code ?? signal);
  }

  /** Sends one request at a time. Rejects when the process ends instead of answering. */
  async ask<Q extends keyof Requests>(request: Q): Promise<Requests[Q]> {
    const answered = once(this.#process, 'message');
    this.#process.send(request as string);
    const failed = this.exited.then((end) => {
      throw new Error(`the process ended with ${end} when it was asked for ${String(request)}`);
    });
    const [answer] = await Promise.race([answered, failed]);
    return answer;
  }

  /** Sends SIGSTOP, as a debugger does at a breakpoint, or SIGCONT. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(signal);
  }

  /** Closes the channel, upon which the process ends by itself. */
  async stop(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.exited;
  }
}

/** The side that answers, inside the process. */
export function answerRequests<Requests extends object>(answers: Replies<Requests>): void {
  process.on('message', async (request: keyof Requests) => {
    process.send?.(await answers[request]());
  });
  process.on('disconnect', () => process.exit());
}
