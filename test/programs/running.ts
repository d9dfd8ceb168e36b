import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { vi } from 'vitest';
import { OTHERS, ROOT } from './programs.ts';

/** What a program has done. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Collects what a program does that runs in this process. */
export async function inThisProcess(args: readonly string[], run: () => Promise<unknown>): Promise<Outcome> {
  const printed = { log: '', error: '' };
  const spies = (['log', 'error'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((text) => {
      printed[name] += `${text}\n`;
    }),
  );
  const { argv } = process;
  process.argv = [process.execPath, 'program', ...args];
  try {
    await run();
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.argv = argv;
  }
  const { exitCode } = process;
  process.exitCode = undefined;
  return { stdout: printed.log, stderr: printed.error, exitCode: Number(exitCode ?? 0) };
}

/** Runs a program of PROGRAMS. */
export function runProgram(file: string, args: readonly string[]): Promise<Outcome> {
  vi.resetModules();
  return inThisProcess(args, () => import(pathToFileURL(join(ROOT, file)).href));
}

/** Runs a program of OTHERS. */
export function runOther(file: string, args: readonly string[]): Promise<Outcome> {
  const [command, ...first] = OTHERS[file] as (typeof OTHERS)[string];
  return new Promise((done) => {
    const child = execFile(command, [...first, ...args], { cwd: ROOT, env: { PATH: '' } }, (_error, stdout, stderr) =>
      done({ stdout, stderr, exitCode: child.exitCode ?? -1 }),
    );
  });
}
