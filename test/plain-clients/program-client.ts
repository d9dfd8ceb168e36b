// A plain client that is a program in a process of its own: client.py or client.mjs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { Inbox } from '../support/inbox.ts';
import { readEnvelope } from '../support/plain-protocol.ts';
import { PlainSpeaker } from '../support/plain-speaker.ts';
import { python } from '../support/python.ts';

const file = (name: string) => `${import.meta.dirname}/${name}`;

export interface Program {
  readonly title: string;
  /** Undefined where it cannot run. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** Whether it tells of the server's pings. */
  readonly tellsPings: boolean;
}

/** Node.js 20 has its WebSocket behind a flag, which later versions accept, too. */
export const NODE = [process.execPath, '--experimental-websocket', '--no-warnings'] as const;

export const PROGRAMS: readonly Program[] = [
  { title: 'the WebSocket of Node.js', command: [...NODE, file('client.mjs')], tellsPings: false },
  {
    title: 'websockets of Python',
    command: python === undefined ? undefined : [python, file('client.py')],
    tellsPings: true,
  },
];

type Told = readonly [event: string, value?: unknown];

export class ProgramClient extends PlainSpeaker {
  readonly #told = new Inbox<Told>();
  readonly #input: NodeJS.WritableStream;
  /** Resolves with the exit code, after the last line. */
  readonly ended: Promise<number | null>;

  private constructor([name, ...args]: readonly [string, ...string[]]) {
    super();
    const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#input = child.stdin;
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => this.#put(JSON.parse(line) as Told));
    const read = once(lines, 'close');
    this.ended = once(child, 'exit').then(async ([code]) => {
      await read;
      return code;
    });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.ended;
    });
  }

  /** Resolves when its WebSocket is open. It ends with the test. */
  static async open({ command }: Program, url: string, ...offers: readonly string[]): Promise<ProgramClient> {
    if (command === undefined) throw new Error('this program cannot run here');
    const client = new ProgramClient([...command, url, ...offers]);
    const failed = client.ended.then((code) => {
      throw new Error(`the program has ended with ${code}`);
    });
    await Promise.race([client.#first('open'), failed]);
    return client;
  }

  /** The subprotocol that the server has chosen. */
  get subprotocol(): unknown {
    return this.#told.all[0]?.[1];
  }
  /** Resolves with the code of the close frame. */
  get closed(): Promise<unknown> {
    return this.#first('closed');
  }
  /** Number of pings that it has told of. */
  get pings(): number {
    return this.#told.all.filter(([event]) => event === 'ping').length;
  }

  override sendText(text: string): void {
    this.#order('text', text);
  }

  sendBytes(text: string): void {
    this.#order('bytes', text);
  }

  close(code: number): void {
    this.#order('close', code);
  }

  #order(...command: readonly unknown[]): void {
    this.#input.write(`${JSON.stringify(command)}\n`);
  }

  #put(told: Told): void {
    const [event, value] = told;
    if (event === 'message') this.envelopes.put(readEnvelope(Buffer.from(value as string)));
    else this.#told.put(told);
  }

  async #first(event: string): Promise<unknown> {
    return (await this.#told.first(([name]) => name === event))[1];
  }
}
