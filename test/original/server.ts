// Replaces `test/conformance/server.ts`: ASP.NET Core SignalR in a process of its own, a new one for each start.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ConformanceServer } from '../conformance/server.ts';

/** Fewer than ours: each is a process that takes a second of CPU time to start. */
export const SERVERS = 2;

const SAYS_WHERE = 'listening on ';

/** @param how Protocols of the hubs. MessagePack is there only in a program that was built with it. */
export async function startServer({
  protocols = ['json'],
}: {
  readonly protocols?: readonly string[];
} = {}): Promise<ConformanceServer> {
  const program = process.env.SIGNALBOX_ORIGINAL;
  if (program === undefined)
    throw new Error('Run this with `npm run test:original`, which builds ASP.NET Core SignalR first.');
  // The program ends with its standard input, and so with this process, however this process ends.
  const child = spawn('dotnet', [program, ...protocols], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, DOTNET_EnableDiagnostics: '0' },
  });
  const ended = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`ASP.NET Core SignalR exited with ${code} before it listened`))),
  ]);
  if (!String(line).startsWith(SAYS_WHERE)) throw new Error(`ASP.NET Core SignalR printed: ${line}`);
  return {
    port: Number(new URL(String(line).slice(SAYS_WHERE.length)).port),
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
