import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDocuments } from './documents.ts';
import { UsageError } from './program.ts';

const require = createRequire(import.meta.url);
/** The repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Where the standalone server looks for its page. */
export const PAGE = join(ROOT, 'dist', 'src', 'page');
const SOURCE = join(ROOT, 'src', 'page');
const CLIENT = 'signalr.min.js';

const COPIED = [
  'index.html',
  'theme.css',
  'layout.css',
  'chat.css',
  'motion.css',
  'documents.css',
  'favicon.svg',
  'signalr.LICENSE.txt',
];

/**
 * Builds the page of the standalone server into a directory, instead of what an earlier build has left there.
 *
 * @throws UsageError when the directory has something else in it.
 */
export function buildPage(target: string): void {
  if (!isFree(target)) throw new UsageError(`${target} has files of something else, which would be removed.`);
  // Files of an earlier build must not be served.
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });

  // The official client is not a dependency of the package, so its bundle is copied, with its licence. It is the first
  // file, because `isFree` knows a page by it, also one whose build has failed later.
  const bundle = join('dist', 'browser', CLIENT);
  copyFileSync(join(dirname(require.resolve('@microsoft/signalr/package.json')), bundle), join(target, CLIENT));
  for (const file of COPIED) copyFileSync(join(SOURCE, file), join(target, file));
  runTsc('-p', SOURCE, '--outDir', target);

  writeDocuments(ROOT, join(target, 'docs'));
}

/**
 * Runs the compiler of TypeScript.
 *
 * @throws UsageError when it finds errors. It has printed them.
 */
export function runTsc(...args: readonly string[]): void {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, ...args], { stdio: 'inherit' });
  if (status !== 0) throw new UsageError(`tsc ${args.join(' ')} has found errors; they are above.`);
}

/** Whether nothing is there, or an empty directory, or a page. */
function isFree(target: string): boolean {
  if (!existsSync(target)) return true;
  return statSync(target).isDirectory() && (readdirSync(target).length === 0 || existsSync(join(target, CLIENT)));
}
