import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../scripts/program.ts';
import type { Commands } from './commands.ts';
import { linkTree } from './link-tree.ts';

const LOCK = 'package-lock.json';
const MODULES = 'node_modules';

/**
 * Builds another state of a checkout in its own folder, with its own script `prebench`.
 *
 * @param checkout The checkout whose node_modules are used if they are those of the other state.
 * @throws UsageError when that state has no benchmark, or does not build.
 */
export async function buildIn(folder: string, checkout: string, commands: Commands): Promise<void> {
  if (!hasBenchmark(folder))
    throw new UsageError('that state has no script `prebench`, so that it cannot be compared.');
  if (hasSameModules(folder, checkout)) linkTree(join(checkout, MODULES), join(folder, MODULES));
  else await commands.run(folder, 'npm', 'ci', '--include=dev', '--no-audit', '--no-fund');
  await commands.run(folder, 'npm', 'run', '--silent', 'prebench');
}

function hasBenchmark(folder: string): boolean {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return false;
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { readonly scripts?: Readonly<Record<string, string>> };
  return scripts?.prebench !== undefined;
}

/** Whether both have the same dependencies, down to the last version, and the checkout has them installed. */
function hasSameModules(folder: string, checkout: string): boolean {
  const [theirs, ours] = [join(folder, LOCK), join(checkout, LOCK)];
  if (!existsSync(theirs) || !existsSync(ours) || !existsSync(join(checkout, MODULES))) return false;
  return readFileSync(theirs).equals(readFileSync(ours));
}
