import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import type { Pinned } from '../rig/cores.ts';

const PROGRAM = 'redis-server';
const IS_READY = 'Ready to accept connections';

/** Whether there is a redis-server on this machine. */
export function hasRedis(): boolean {
  try {
    execFileSync(PROGRAM, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A Redis of its own, which keeps nothing on the disk. */
export interface Redis {
  readonly running: ChildProcess;
  readonly port: number;
  /** Resolves when it answers. */
  readonly ready: Promise<void>;
}

/** Starts a Redis on a free port of this machine. */
export async function startRedis(pinned: Pinned): Promise<Redis> {
  const port = await freePort();
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: tmpdir() };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const [command, ...rest] = pinned([PROGRAM, ...flags]);
  const running = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  return { running, port, ready: readiness(running) };
}

async function readiness({ stdout }: ChildProcess): Promise<void> {
  if (stdout === null) throw new Error('redis-server has no output');
  const lines: string[] = [];
  for await (const line of createInterface({ input: stdout })) {
    if (line.includes(IS_READY)) {
      stdout.resume();
      return;
    }
    lines.push(line);
  }
  throw new Error(`redis-server has ended before it was ready:\n${lines.join('\n')}`);
}

/** A port that is free now: Redis does not choose one by itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
