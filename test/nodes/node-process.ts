// Nodes in processes of their own, which a test may kill and stop.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFailed, onTestFinished } from 'vitest';
import { Inbox } from '../support/inbox.ts';
import { guardProcess } from '../support/process-guard.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import type { NodeEvent, NodeOptions, NodeRequests } from './node-requests.ts';

const PROGRAM = fileURLToPath(new URL('./node-program.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

type Answer = { readonly id: number; readonly result?: unknown; readonly error?: Error };
type Line = Extract<NodeEvent, { type: 'line' }>;

/** A node: see node-program.ts. */
export class NodeProcess {
  port = 0;
  /** Lines of its log, but those for debugging. */
  readonly lines = new Inbox<Line>();
  /** Groups of which messages were lost on their way to this node. */
  readonly gaps = new Inbox<string>();
  /** Changes of who is there that this node has told. */
  readonly changes = new Inbox<string>();
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  readonly #process: ChildProcess;
  readonly #asked = new Map<number, { resolve(value: never): void; reject(error: unknown): void }>();
  #requests = 0;

  /** Whoever makes one has to kill it. */
  constructor(options: NodeOptions, env: NodeJS.ProcessEnv = {}) {
    const all = JSON.stringify({ leaseMs: 2_000, ...options });
    this.#process = fork(PROGRAM, [all], { execArgv: ['--import', TSX], env: { ...process.env, ...env } });
    guardProcess(this.#process);
    this.exited = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        const error = new Error(`the node has ended with ${code ?? signal}`);
        for (const { reject } of this.#asked.values()) reject(error);
        resolve(code ?? signal);
      });
    });
    this.#process.on('message', (message: NodeEvent | (Answer & { type: 'answer' })) => this.#hear(message));
  }

  /** Starts a node, which ends with the test. Rejects as `listen` does. */
  static async start(options: NodeOptions, env: NodeJS.ProcessEnv = {}): Promise<NodeProcess> {
    const node = new NodeProcess(options, env);
    onTestFinished(() => node.kill());
    onTestFailed(() => console.error(`log of node ${options.nodeId}:`, node.lines.all));
    return node.listen();
  }

  async listen(): Promise<this> {
    this.port = await this.ask('listen');
    return this;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Address of a client of the hub. */
  url(user: string, path = '/hub'): string {
    return `http://127.0.0.1:${this.port}${path}?user=${user}`;
  }

  /** Rejects with the error of the node, or when it ends instead of answering. */
  ask<Q extends keyof NodeRequests>(request: Q, ...args: NodeRequests[Q][0]): Promise<NodeRequests[Q][1]> {
    this.#requests += 1;
    const id = this.#requests;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#process.send({ id, request, args }, (error) => error && reject(error));
    });
  }

  /** Resolves when it has logged this line so many times. */
  async logged(text: string, times = 1): Promise<void> {
    let count = 0;
    await this.lines.first((line) => {
      if (line.text === text) count += 1;
      return count === times;
    });
  }

  /** Stops it, so that its sockets stay open and nobody answers. */
  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  /** Asks it to drain and to end, as a deployment does. Resolves when it has, with its exit code. */
  terminate(): Promise<number | NodeJS.Signals | null> {
    this.#process.kill('SIGTERM');
    return this.exited;
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited;
  }

  #hear(message: NodeEvent | (Answer & { type: 'answer' })): void {
    if (message.type === 'line') this.lines.put(message);
    else if (message.type === 'gap') this.gaps.put(message.group);
    else if (message.type === 'presence') this.changes.put(message.change);
    else {
      const asked = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (message.error === undefined) asked?.resolve(message.result as never);
      else asked?.reject(Object.assign(new Error(message.error.message), message.error));
    }
  }
}

/** Starts a Redis that ends with the test. @param settings Lines of redis.conf. */
export async function ownRedis(...settings: readonly string[]): Promise<RedisServer> {
  const redis = await startRedis({ settings });
  onTestFinished(() => redis.stop());
  return redis;
}

/** Starts a node for each of the options, at once. They know each other, and end with the test. */
export async function startNodes<const Options extends readonly NodeOptions[]>(
  backplane: string,
  ...options: Options
): Promise<{ readonly [N in keyof Options]: NodeProcess }> {
  const nodes = await Promise.all(options.map((each) => NodeProcess.start({ backplane, ...each })));
  await Promise.all(nodes.map((node) => node.ask('linkedWith', nodes.length - 1)));
  return nodes as { [N in keyof Options]: NodeProcess };
}
