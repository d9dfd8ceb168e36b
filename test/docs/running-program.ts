// A program of a document, in a process of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTest } from './code-blocks.ts';

/** The ports in documents: 5080 for signalbox, 3000 for a server of the reader's. */
const PORT = /\b(?:5080|3000)\b/g;
export interface End {
  /** Exit code, or the name of the signal that ended the process. */
  readonly how: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class RunningProgram {
  /** Resolves, when it has come to its end and listens, with its first port; with undefined, when it has none. */
  readonly ready: Promise<number | undefined>;
  readonly ended: Promise<End>;
  readonly #process: ChildProcess;
  readonly #endsByItself: boolean;

  /**
   * @param folder A folder that has the program as JavaScript. It is copied.
   * @param copy A new folder within one whose `node_modules` has the package.
   * @param isServer Whether it is not ready before it listens.
   * @param port Replaces every port of documents in the program: 0 for a server, the port of its server for a client.
   */
  constructor(
    folder: string,
    copy: string,
    { file, port, isServer }: { readonly file: string; readonly port: number; readonly isServer: boolean },
  ) {
    cpSync(folder, copy, { recursive: true });
    for (const name of readdirSync(copy)) {
      if (!name.endsWith('.js')) continue;
      const path = join(copy, name);
      writeFileSync(path, readFileSync(path, 'utf8').replace(PORT, String(port)));
    }
    this.#endsByItself = isTest(readFileSync(join(copy, file), 'utf8'));
    this.#process = fork(join(import.meta.dirname, 'run-program.mjs'), [file], {
      cwd: copy,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const texts = [this.#process.stdout, this.#process.stderr].map((stream) => stream?.setEncoding('utf8').toArray());
    this.ended = new Promise((resolve) => {
      this.#process.on('exit', async (code, signal) => {
        const [stdout = '', stderr = ''] = (await Promise.all(texts)).map((parts) => (parts as string[]).join(''));
        resolve({ how: code ?? signal, stdout, stderr });
      });
    });
    this.ready = new Promise((resolve) => {
      this.#process.on('message', (message) => {
        const [first] = (message as { ports: number[] }).ports;
        if (first !== undefined || !isServer) resolve(first);
      });
      this.#process.on('exit', () => resolve(undefined));
    });
  }

  /** Ends it as an operator does, unless it ends by itself. */
  async end(): Promise<End> {
    await this.ready;
    if (!this.#endsByItself) this.#process.kill('SIGTERM');
    return this.ended;
  }
}
