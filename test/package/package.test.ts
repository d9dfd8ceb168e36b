import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPacked } from '../support/packed-package.ts';
import { build } from '../support/standalone.ts';

/** The package as users have it, in projects of theirs: with flags of Node's, and bundled. */

const require = createRequire(import.meta.url);
// vite and tsx depend on it.
const esbuild = createRequire(require.resolve('tsx/package.json'))('esbuild') as {
  build(options: object): Promise<{ readonly warnings: readonly { readonly text: string }[] }>;
};
/** What the dependencies in CommonJS need in a bundle that is an ES module. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** A program that opens a server with a database and closes it, and prints why it cannot. */
const program = (options = '') => `
  import { createServer } from 'signalbox';
  const server = createServer({ hubs: {}, logLevel: 'silent', storage: 'sqlite:data/signalbox.db', ${options} });
  server.listen({ port: 0 }).then(
    () => server.close().then(() => console.log('opened and closed')),
    (error) => console.log(String(error)),
  );`;

interface End {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-package-'));
  build();
  installPacked(folder, []);
  writeFileSync(join(folder, 'server.js'), program());
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs Node in a project. */
function node(...args: readonly string[]): Promise<End> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
    });
  });
}

async function bundle(outdir: string, options: object): Promise<void> {
  const { warnings } = await esbuild.build({
    absWorkingDir: folder,
    entryPoints: [{ in: 'server.js', out: 'server' }],
    outdir,
    bundle: true,
    platform: 'node',
    external: ['better-sqlite3'],
    logLevel: 'silent',
    ...options,
  });
  expect(warnings.map(({ text }) => text)).toEqual([]);
}

const FINE = { code: 0, stdout: 'opened and closed\n', stderr: '' };

describe('SQLite in a process', () => {
  test('that has its program on the command line, and a module that must not run in another thread', async () => {
    writeFileSync(
      join(folder, 'once.mjs'),
      "import { isMainThread } from 'node:worker_threads'; if (!isMainThread) throw new Error('twice');",
    );
    const flags = ['--input-type=module', '--import', './once.mjs', '--expose-gc', '--max-old-space-size=200'];
    expect(await node(...flags, '--eval', program())).toEqual(FINE);
  });
});

describe('a server that is bundled', () => {
  test('needs nothing when the packages stay outside', async () => {
    await bundle('outside', { format: 'esm', packages: 'external' });
    expect(await node('outside/server.js')).toEqual(FINE);
  });

  test('has the thread beside it, or says which file is missing, and what to do', async () => {
    const worker = { in: 'signalbox/sqlite-worker', out: 'sqlite-worker' };
    await bundle('esm', {
      format: 'esm',
      banner: { js: REQUIRE },
      entryPoints: [{ in: 'server.js', out: 'server' }, worker],
    });
    expect(await node('esm/server.js')).toEqual(FINE);
    const file = join(folder, 'esm/sqlite-worker.js');
    rmSync(file);
    expect((await node('esm/server.js')).stdout).toBe(
      `StorageError: The file of SQLite's thread is not there: ${file}. ` +
        'A bundled server has to name it with the option sqliteWorker: see docs/deploy.md#bundlers.\n',
    );
  });

  test('to CommonJS names the file of the thread', async () => {
    await bundle('cjs', { format: 'cjs', outExtension: { '.js': '.cjs' } });
    expect((await node('cjs/server.cjs')).stdout).toMatch(
      /^StorageError: The file of SQLite's thread cannot be looked for in a bundle of CommonJS\. .* option sqliteWorker/,
    );
    const named = "sqliteWorker: 'node_modules/signalbox/dist/src/storage/sqlite-worker.js'";
    writeFileSync(join(folder, 'named.js'), program(named));
    await bundle('cjs', { format: 'cjs', outExtension: { '.js': '.cjs' }, entryPoints: ['named.js'] });
    expect(await node('cjs/named.cjs')).toEqual(FINE);
  });
});

test('the file of the thread can be resolved by its name', async () => {
  const named = "sqliteWorker: import.meta.resolve('signalbox/sqlite-worker')";
  expect(await node('--input-type=module', '--eval', program(named))).toEqual(FINE);
});
