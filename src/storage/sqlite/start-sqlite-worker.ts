import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { StorageError } from '../storage.ts';
import type { WorkerSettings } from './sqlite-requests.ts';

/**
 * Flags of the process that the thread gets, too: with this one packages are looked for beside links. Any other may be
 * made for the program alone. `--input-type` ends the thread, and `--import` would run the user's module once more.
 * What NODE_OPTIONS says holds for every thread.
 */
const FLAGS = ['--preserve-symlinks'];

/**
 * Starts the thread that has SQLite open.
 *
 * @param file The worker's file. Default: the one beside this module.
 * @throws {StorageError} when there is no such file, as in a bundle.
 */
export function startSqliteWorker(workerData: WorkerSettings, file?: URL): Worker {
  const options = {
    name: 'signalbox-sqlite',
    workerData,
    execArgv: process.execArgv.filter((flag) => FLAGS.includes(flag)),
  };
  const found = file ?? besideThis();
  if (found === undefined || !existsSync(found)) throw missing(found);
  if (extname(found.pathname) !== '.ts') return new Worker(found, options);
  // As source, in tests and under tsx, it is TypeScript, which Node 20 cannot run. A loader of this thread is not
  // inherited by another thread, so tsx is started there.
  const [tsx, source] = [import.meta.resolve('tsx/esm/api'), found.href].map((url) => JSON.stringify(url));
  return new Worker(`import(${tsx}).then(({ tsImport }) => tsImport(${source}, ${source}))`, {
    ...options,
    eval: true,
  });
}

/** `sqlite-worker.js`, or `.ts` as source. undefined: a module in CommonJS has no URL, and a bundle may be one. */
function besideThis(): URL | undefined {
  const { url } = import.meta as { readonly url?: string };
  return url === undefined ? undefined : new URL(`./sqlite-worker${extname(fileURLToPath(url))}`, url);
}

function missing(file: URL | undefined): StorageError {
  const what =
    file === undefined
      ? "The file of SQLite's thread cannot be looked for in a bundle of CommonJS"
      : `The file of SQLite's thread is not there: ${file.protocol === 'file:' ? fileURLToPath(file) : file.href}`;
  return new StorageError(
    'failed',
    `${what}. A bundled server has to name it with the option sqliteWorker: see docs/deploy.md#bundlers.`,
  );
}
