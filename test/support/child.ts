import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { Inbox } from './inbox.ts';

/** Another process, which runs a TypeScript file of ours. It ends with the test. */
export class Child {
  /** Lines of its output. */
  readonly stdout = new Inbox<string>();
  /** Resolves with the exit code, or the name of the signal that ended it, after the last line. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #process: ChildProcess;

  constructor(file: URL, ...args: readonly string[]) {
    const tsx = import.meta.resolve('tsx');
    const child = spawn(process.execPath, ['--import', tsx, fileURLToPath(file), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => this.stdout.put(line));
    const read = new Promise((done) => lines.once('close', done));
    this.ended = new Promise((done) => {
      child.once('close', (code, signal) => void read.then(() => done(code ?? signal)));
    });
    this.#process = child;
    onTestFinished(() => this.kill());
  }

  /** Sends a signal that the process handles. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it by SIGKILL, which the process cannot handle. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }

  /** Ends its standard input, upon which it stops. */
  async stop(): Promise<void> {
    this.#process.stdin?.end();
    await this.ended;
  }
}
