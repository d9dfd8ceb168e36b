// What the .NET SDK is asked for by tests that have a second implementation to talk to. None of it leaves anything in the repository.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export function hasDotnet(): boolean {
  const { status, stdout } = spawnSync('dotnet', ['--list-sdks'], { encoding: 'utf8' });
  // A runtime alone has the command as well, and lists none.
  return status === 0 && /^10\./m.test(stdout);
}

/** Of a project, into a folder. @returns what it printed; `ok`: whether it worked. */
export function dotnet(what: 'restore' | 'build', project: string, output: string): { ok: boolean; printed: string } {
  const all = {
    restore: ['restore', project],
    build: ['build', project, '--no-restore', '--configuration', 'Release', '--output', output],
  };
  // No process of the compiler's is to outlive this call, and no file is to be written beside the sources.
  const always = [
    '-nodeReuse:false',
    '-p:UseSharedCompilation=false',
    `-p:BaseIntermediateOutputPath=${join(output, 'obj')}/`,
  ];
  const { status, stdout } = spawnSync('dotnet', [...all[what], '--nologo', '--verbosity', 'quiet', ...always], {
    encoding: 'utf8',
    env: { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_CLI_USE_MSBUILD_SERVER: '0' },
  });
  return { ok: status === 0, printed: stdout };
}
