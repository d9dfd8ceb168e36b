// The standalone server as users run it: the built program, in a process of its own.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { Inbox } from './inbox.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = resolve(import.meta.dirname, '../..');
/** Path of the built program. */
export const PROGRAM = resolve(root, 'dist/src/cli/main.js');

/** Builds the program unless it exists: `npm test` builds it before, but a single test file may run without it. */
export function build(): void {
  if (!existsSync(PROGRAM)) execFileSync('npm', ['run', 'build'], { cwd: root });
}

export class Standalone {
  /** Lines of its output. */
  readonly stdout = new Inbox<string>();
  readonly stderr = new Inbox<string>();
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  readonly #process: ChildProcess;

  /** Path of its database. */
  readonly data: string;

  /** The process ends with the test. Without `--data` it gets a folder of its own. */
  constructor(...args: readonly string[]) {
    const at = args.indexOf('--data');
    this.data = at === -1 ? temporaryFolder() : (args[at + 1] as string);
    const all = at === -1 && args[0] === 'serve' ? [...args, '--data', this.data] : args;
    this.#process = this.launch([process.execPath, PROGRAM, ...all]);
    collectLines(this.#process.stdout, this.stdout);
    collectLines(this.#process.stderr, this.stderr);
    // 'close' comes after the last line; 'exit' may not.
    this.exited = new Promise((done) => {
      this.#process.on('close', (code, signal) => done(code ?? signal));
    });
    onTestFinished(() => this.terminate());
  }

  /** Resolves with the port as soon as the program prints that it listens. Rejects when it exits instead. */
  async port(): Promise<number> {
    const line = await Promise.race([
      this.stdout.first((text) => text.startsWith('signalbox listening on ')),
      this.exited.then((code) => {
        throw new Error(`exited with ${code}: ${this.stderr.all.join('\n')}`);
      }),
    ]);
    return Number(new URL(line.slice('signalbox listening on '.length)).port);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Process id of what was started. */
  get pid(): number {
    return this.#process.pid as number;
  }

  /** Ends everything that was started, at the end of the test. */
  protected terminate(): void {
    this.#process.kill('SIGKILL');
  }

  /** Starts a command. Called by the constructor: for subclasses that run it inside of another program. */
  protected launch([file, ...args]: readonly [string, ...string[]], options: SpawnOptions = {}): ChildProcess {
    return spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  }
}

function collectLines(stream: NodeJS.ReadableStream | null, into: Inbox<string>): void {
  let rest = '';
  stream?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) into.put(line);
  });
}
