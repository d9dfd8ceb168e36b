import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface Outcome {
  /** `test/file.test.ts > group > test`. */
  readonly test: string;
  readonly failed: boolean;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** @returns false when the patch does not apply. */
export function applyPatch(directory: string, patch: string): boolean {
  return spawnSync('git', ['apply', '--whitespace=nowarn', patch], { cwd: directory, stdio: 'ignore' }).status === 0;
}

export async function runTests(directory: string, files: readonly string[]): Promise<Outcome[]> {
  const output = join(directory, 'outcome.json');
  rmSync(output, { force: true });
  const vitest = join(directory, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--reporter=json', '--maxWorkers=1', `--outputFile=${output}`, ...files];
  await new Promise<void>((resolve, reject) => {
    const env = { ...process.env, SIGNALBOX_SHRINK: 'no' };
    const child = spawn(process.execPath, args, { cwd: directory, stdio: 'ignore', env });
    child.on('error', reject);
    child.on('exit', () => resolve());
  });
  const report = JSON.parse(readFileSync(output, 'utf8')) as Report;
  return report.testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(directory, name);
    if (assertionResults.length === 0) throw new Error(`${file} did not run: ${message}`);
    return assertionResults.map(({ ancestorTitles, title, status }) => ({
      test: [file, ...ancestorTitles, title].join(' > '),
      failed: status === 'failed',
    }));
  });
}
