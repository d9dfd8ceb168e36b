import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Relative to the package's folder, in which `npm run bench` runs. */
const PROJECT = resolve('bench/peers/aspnetcore');
/** Codes of errors: no feed answers, or none has the package. */
const NO_PACKAGE = /\bNU1(?:301|100|101|102|103)\b/;

/** The server on ASP.NET Core, with or without properties of its project. */
export class DotnetServer {
  /** Path of the built program. */
  readonly program: string;
  readonly #output: string;
  readonly #properties: readonly string[];

  /**
   * @param output Name of the folder for its build.
   * @param properties Such as `-p:Name=value`.
   */
  constructor(output: string, ...properties: readonly string[]) {
    this.#output = resolve('bench/dist', output);
    this.#properties = properties;
    this.program = join(this.#output, 'bench.dll');
  }

  /** Builds it, unless it is newer than its sources. @throws Error with what the SDK has printed. */
  build(): void {
    const newest = Math.max(...['Program.cs', 'bench.csproj'].map((name) => statSync(join(PROJECT, name)).mtimeMs));
    if (existsSync(this.program) && statSync(this.program).mtimeMs > newest) return;
    const intermediate = `-p:BaseIntermediateOutputPath=${join(this.#output, 'obj')}/`;
    const how = ['-c', 'Release', '-o', this.#output, '--nologo', '-v', 'q', intermediate, ...this.#properties];
    try {
      execFileSync('dotnet', ['build', PROJECT, ...how], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1' },
      });
    } catch (error) {
      const { stdout, stderr } = error as { readonly stdout: Buffer; readonly stderr: Buffer };
      throw new Error(`the server on ASP.NET Core was not built:\n${stdout}${stderr}`, { cause: error });
    }
  }
}

export function hasDotnet(): boolean {
  try {
    execFileSync('dotnet', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether a build failed because no feed had a package for us. */
export function lacksPackage({ message }: Error): boolean {
  return NO_PACKAGE.test(message);
}
