import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Figures } from '../scenarios/scenario.ts';
import type { Cores } from './cores.ts';
import type { Job, Outcome } from './generator.ts';

const GENERATOR = resolve(import.meta.dirname, 'generator.js');

/** Time limit for a server to end after SIGTERM: it lets running calls finish first. */
const END_MS = 30_000;

/** A server to start, and the folder of its profiles. */
export interface Served {
  readonly command: readonly string[];
  /** Folder in which it writes CPU profiles when it ends; undefined: it writes none. */
  readonly profiles: string | undefined;
}

/** One run: starts a server and a generator, each on its core, and ends both afterwards. */
export async function runOnce(
  cores: Cores,
  { command, profiles }: Served,
  job: Omit<Job, 'port' | 'server'>,
): Promise<Figures> {
  const { running, listening } = startServer(cores, command);
  try {
    const port = await listening;
    const figures = await generate(cores, { ...job, port, server: running.pid as number });
    if (profiles !== undefined) await endWithProfiles(running, profiles);
    return figures;
  } finally {
    running.kill('SIGKILL');
  }
}

/** Starts a server. `listening` resolves with its port. */
export function startServer(
  cores: Cores,
  command: readonly string[],
): { readonly running: ChildProcess; readonly listening: Promise<number> } {
  const running = start(cores.server(command), ['ignore', 'pipe', 'inherit']);
  return { running, listening: portOf(running) };
}

/** Ends the server with SIGTERM: Node writes profiles when a process ends by itself, not when it is killed. */
async function endWithProfiles(server: ChildProcess, folder: string): Promise<void> {
  const ended = once(server, 'exit', { signal: AbortSignal.timeout(END_MS) });
  server.kill('SIGTERM');
  await ended.catch((cause: unknown) => {
    throw new Error(`the server has not ended within ${END_MS / 1_000} s of SIGTERM, so it has left no profile`, {
      cause,
    });
  });
  if (!readdirSync(folder).some((name) => name.endsWith('.cpuprofile'))) {
    throw new Error(`the server has left no profile in ${folder}`);
  }
}

/** The generator produces little garbage; a large young generation avoids most collections in the measured time. */
async function generate(cores: Cores, job: Job): Promise<Figures> {
  const command = [process.execPath, '--max-semi-space-size=64', GENERATOR];
  const generator = start(cores.generator(command), ['ignore', 'inherit', 'inherit', 'ipc']);
  try {
    generator.send(job);
    const exited = once(generator, 'exit').then((): Outcome => ({ error: 'the generator has ended' }));
    const answered = once(generator, 'message').then(([outcome]) => outcome as Outcome);
    const outcome = await Promise.race([answered, exited]);
    if ('error' in outcome) throw new Error(outcome.error);
    return outcome.figures;
  } finally {
    generator.kill('SIGKILL');
  }
}

function start(
  [command, ...rest]: readonly [string, ...string[]],
  stdio: NonNullable<Parameters<typeof spawn>[2]>['stdio'],
) {
  return spawn(command, rest, { stdio, env: { ...process.env, NODE_ENV: 'production' } });
}

/** Reads the port, which every server prints. */
async function portOf(server: ChildProcess): Promise<number> {
  if (server.stdout === null) throw new Error('the server has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /listening on (http:\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    server.stdout.resume();
    return Number(new URL(url).port);
  }
  throw new Error('the server has ended before it listened');
}
