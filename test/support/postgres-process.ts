import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from './child-processes.ts';
import type { ProgramUser } from './postgres-programs.ts';

/** What the server says while processes of the one before it still end. */
const NOT_YET = /pre-existing shared memory block/;
/** Characters of its log that an error shows. */
const SHOWN = 100_000;

/** Where a server runs. */
export interface PostgresPlace {
  /** Folder of its programs. */
  readonly bin: string;
  /** Folder of its files, with the data in `data`. */
  readonly folder: string;
  readonly port: number;
  readonly user: ProgramUser;
}

/** The processes of a PostgreSQL. */
export class PostgresProcess {
  readonly #place: PostgresPlace;
  #process: ChildProcess | undefined;
  #stopped: readonly number[] = [];

  constructor(place: PostgresPlace) {
    this.#place = place;
  }

  /** Starts it, the first time or again. Resolves when it accepts connections. */
  async start(settings: Readonly<Record<string, string>>): Promise<void> {
    for (;;) {
      const log = await this.#launch(settings);
      if (log === undefined) return;
      if (!NOT_YET.test(log)) throw new Error(`PostgreSQL has ended: ${log}`);
    }
  }

  /** Ends it at once, as a crash does: SIGKILL for all of its processes. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined || !this.#isRunning) return;
    const ended = once(child, 'exit');
    // First the one that starts the others.
    child.kill('SIGSTOP');
    for (const id of [...childrenOf(child.pid), child.pid]) signal(id, 'SIGKILL');
    await ended;
  }

  /** Stops all of its processes, so that the system accepts connections and nobody answers. */
  pause(): void {
    const first = this.#process?.pid as number;
    signal(first, 'SIGSTOP');
    this.#stopped = [...childrenOf(first), first];
    writeFileSync(join(this.#place.folder, 'stopped'), this.#stopped.join(' '));
    for (const id of this.#stopped) signal(id, 'SIGSTOP');
  }

  resume(): void {
    for (const id of this.#stopped) signal(id, 'SIGCONT');
    this.#stopped = [];
    rmSync(join(this.#place.folder, 'stopped'), { force: true });
  }

  /** Ends it, whatever it does. */
  async stop(): Promise<void> {
    this.resume();
    const child = this.#process;
    if (child === undefined || !this.#isRunning) return;
    const ended = once(child, 'exit');
    // It ends its own processes, and leaves none to init, which does not wait for them in every container.
    child.kill('SIGQUIT');
    await ended;
  }

  get #isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  /** Resolves when it accepts connections, or with its log when it has ended before. */
  #launch(settings: Readonly<Record<string, string>>): Promise<string | undefined> {
    const { bin, folder, port, user } = this.#place;
    const all = { listen_addresses: '127.0.0.1', fsync: 'off', lc_messages: 'C', ...settings };
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const args = ['-D', join(folder, 'data'), '-k', folder, '-p', `${port}`, ...options];
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    const child = spawn(join(bin, 'postgres'), args, { ...user, cwd: folder, stdio: [...stdio] });
    this.#process = child;
    return new Promise((resolve) => {
      let log = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        if (log.length < SHOWN) log += text;
        if (/ready to accept/.test(log)) resolve(undefined);
      });
      child.once('close', () => resolve(log));
    });
  }
}

function signal(id: number, name: NodeJS.Signals): void {
  try {
    process.kill(id, name);
  } catch {
    // It has ended by itself.
  }
}
