// Commands of the .NET SDK for tests that compare with a second implementation. They leave no files in the repository.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

interface Outcome {
  readonly ok: boolean;
  readonly printed: string;
}

/** Error codes of a restore that cannot get a package: no feed answers, or none has the package. */
const NO_PACKAGE = /\bNU1(301|100|101|102|103)\b/;

/** Whether a restore failed because it could not get a package. */
export function lacksPackage({ ok, printed }: Outcome): boolean {
  return !ok && NO_PACKAGE.test(printed);
}

export async function hasDotnet(): Promise<boolean> {
  // The runtime alone has the command as well, but lists no SDK.
  return /^10\./m.test((await dotnet('--list-sdks')).printed);
}

/** @param properties Properties of the project, such as `-p:Name=value`. */
export function restore(project: string, output: string, ...properties: readonly string[]): Promise<Outcome> {
  return dotnet('restore', project, ...always(output), ...properties);
}

/** Builds a project that `restore` has prepared with the same output folder and properties. */
export function build(project: string, output: string, ...properties: readonly string[]): Promise<Outcome> {
  const how = ['--no-restore', '--configuration', 'Release', '--output', output];
  return dotnet('build', project, ...how, ...always(output), ...properties);
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
