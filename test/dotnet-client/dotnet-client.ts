// One official .NET client in a process of its own, controlled by lines of JSON: see client/Program.cs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { TransportName } from '../../src/index.ts';
import { Inbox } from '../support/inbox.ts';

type Answer = { readonly value: unknown } | { readonly error: string };
interface Happening {
  readonly event: string;
  readonly arguments: readonly unknown[];
}

/** `returns`: with stateful reconnect. A transport: with the client's own, and `AccessTokenProvider` gives the token. */
type How = readonly [] | readonly ['returns'] | readonly [transport: TransportName, token: string];

export class DotnetClient {
  readonly #process: ChildProcess;
  readonly #answers = new Inbox<Answer>();
  readonly #happenings = new Inbox<Happening>();
  #asked = 0;

  private constructor(program: string, url: string, how: How) {
    this.#process = spawn('dotnet', [program, how.length === 2 ? url : url.replace(/^http/, 'ws'), ...how], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, DOTNET_EnableDiagnostics: '0' },
    });
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const said = JSON.parse(line) as Answer | Happening;
      if ('event' in said) this.#happenings.put(said);
      else this.#answers.put(said);
    });
  }

  /** Resolves when the client is connected. It ends with the test. */
  static async start(program: string, url: string, ...how: How): Promise<DotnetClient> {
    const client = new DotnetClient(program, url, how);
    onTestFinished(async () => {
      if (client.#process.exitCode !== null) return;
      client.#process.kill('SIGKILL');
      await once(client.#process, 'exit');
    });
    await client.does('start');
    return client;
  }

  /** Resolves with the result; rejects with the client's own error: `Type: message`. */
  async does(command: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify([command, ...args])}\n`);
    this.#asked += 1;
    const asked = this.#asked;
    const answer = (await this.#answers.until(asked))[asked - 1] as Answer;
    if ('error' in answer) throw new Error(answer.error);
    return answer.value;
  }

  invoke(method: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.does('invoke', method, ...args);
  }

  /** Names of the events so far. */
  get events(): readonly string[] {
    return this.#happenings.all.map(({ event }) => event);
  }

  /** Resolves with the arguments of the first event of this name, past or future. */
  async happened(event: string): Promise<readonly unknown[]> {
    return (await this.#happenings.first((one) => one.event === event)).arguments;
  }

  /** Resolves with the arguments of all events of this name as soon as there are `count`. */
  async all(event: string, count: number): Promise<readonly (readonly unknown[])[]> {
    const these = () => this.#happenings.all.filter((one) => one.event === event);
    await this.#happenings.first(() => these().length >= count);
    return these().map((one) => one.arguments);
  }
}
