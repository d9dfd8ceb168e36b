// Commands of the .NET SDK for tests that compare with a second implementation. They leave no files in the repository.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

interface Outcome {
  readonly ok: boolean;
  readonly printed: string;
}

export async function hasDotnet(): Promise<boolean> {
  // The runtime alone has the command as well, but lists no SDK.
  return /^10\./m.test((await dotnet('--list-sdks')).printed);
}

export function restore(project: string, output: string): Promise<Outcome> {
  return dotnet('restore', project, ...always(output));
}

/** Builds a project that `restore` has prepared with the same output folder. */
export function build(project: string, output: string): Promise<Outcome> {
  return dotnet('build', project, '--no-restore', '--configuration', 'Release', '--output', output, ...always(output));
}

/** Options of every call: no compiler process outlives its call, and no file is written beside the sources. */
function always(output: string): string[] {
  const properties = ['-p:UseSharedCompilation=false', `-p:BaseIntermediateOutputPath=${join(output, 'obj')}/`];
  return ['--nologo', '--verbosity', 'quiet', '-nodeReuse:false', ...properties];
}

function dotnet(...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_CLI_USE_MSBUILD_SERVER: '0' };
  return new Promise((resolve) => {
    execFile('dotnet', args, { env }, (error, stdout, stderr) => {
      resolve({ ok: error === null, printed: stdout + stderr });
    });
  });
}
