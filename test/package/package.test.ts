import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
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

const node = (...args: readonly string[]) => nodeIn(folder, ...args);

/** Runs Node in a project. */
function nodeIn(cwd: string, ...args: readonly string[]): Promise<End> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, timeout: 30_000 }, (error, stdout, stderr) => {
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
    const named = "sqliteWorker: 'node_modules/signalbox/dist/src/storage/sqlite/sqlite-worker.js'";
    writeFileSync(join(folder, 'named.js'), program(named));
    await bundle('cjs', { format: 'cjs', outExtension: { '.js': '.cjs' }, entryPoints: ['named.js'] });
    expect(await node('cjs/named.cjs')).toEqual(FINE);
  });
});

test('the file of the thread can be resolved by its name', async () => {
  const named = "sqliteWorker: import.meta.resolve('signalbox/sqlite-worker')";
  expect(await node('--input-type=module', '--eval', program(named))).toEqual(FINE);
});

describe('a project in which better-sqlite3', () => {
  const MISSING =
    'SQLite needs the package better-sqlite3, which is optional and not installed: ' +
    'run `npm install better-sqlite3@12`.';
  const NO_BINARY =
    /^better-sqlite3 has no program for this Node\.js v[\d.]+: allow its install script, then run `npm rebuild better-sqlite3`, or `npm install better-sqlite3@12` if that fails \(.*\)\.$/;
  const SIGNALBOX = 'node_modules/signalbox/dist/src/cli/main.js';

  /** The same project with another better-sqlite3. */
  function projectWith(change: (sqlite: string) => void): string {
    const project = mkdtempSync(join(tmpdir(), 'signalbox-package-'));
    onTestFinished(() => rmSync(project, { recursive: true, force: true }));
    cpSync(folder, project, { recursive: true, verbatimSymlinks: true });
    rmSync(join(project, 'data'), { recursive: true, force: true });
    const sqlite = join(project, 'node_modules/better-sqlite3');
    rmSync(sqlite);
    change(sqlite);
    return project;
  }

  /** Its JavaScript, as an installation without scripts leaves it. */
  function withoutBinary(sqlite: string): void {
    const installed = dirname(require.resolve('better-sqlite3/package.json'));
    for (const part of ['package.json', 'lib']) cpSync(join(installed, part), join(sqlite, part), { recursive: true });
    symlinkSync(dirname(require.resolve('bindings/package.json')), join(sqlite, '../bindings'));
  }

  test('was left out: a server runs without it, and with sqlite: it says what to install', async () => {
    const project = projectWith(() => {});
    const memory = program().replace('sqlite:data/signalbox.db', 'memory:');
    expect(await nodeIn(project, '--input-type=module', '--eval', memory)).toEqual(FINE);
    expect((await nodeIn(project, 'server.js')).stdout).toBe(`StorageError: ${MISSING}\n`);
    expect(existsSync(join(project, 'data'))).toBe(false);
  });

  test('was left out: the standalone server says so, and runs with another storage', async () => {
    const project = projectWith(() => {});
    for (const args of [['serve', '--port', '0'], ['check']]) {
      expect(await nodeIn(project, SIGNALBOX, ...args)).toEqual({
        code: 2,
        stdout: '',
        stderr: `signalbox: ${MISSING}\n`,
      });
    }
    expect(existsSync(join(project, 'data'))).toBe(false);
    expect((await nodeIn(project, SIGNALBOX, 'db', 'check')).code).toBe(1);
    expect((await nodeIn(project, SIGNALBOX, 'check', '--port', '0', '--storage', 'memory:')).code).toBe(0);
    expect((await nodeIn(project, SIGNALBOX, '--help')).code).toBe(0);
  });

  test('has no binary: that is said, and no folder is made', async () => {
    const project = projectWith(withoutBinary);
    expect((await nodeIn(project, 'server.js')).stdout.replace('StorageError: ', '').trim()).toMatch(NO_BINARY);
    const { code, stdout, stderr } = await nodeIn(project, SIGNALBOX, 'serve', '--port', '0');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.replace('signalbox: ', '').trim()).toMatch(NO_BINARY);
    expect(existsSync(join(project, 'data'))).toBe(false);
  });

  test('has a binary for another machine: the same', async () => {
    const project = projectWith((sqlite) => {
      withoutBinary(sqlite);
      mkdirSync(join(sqlite, 'build/Release'), { recursive: true });
      writeFileSync(join(sqlite, 'build/Release/better_sqlite3.node'), 'for another machine');
    });
    expect((await nodeIn(project, 'server.js')).stdout.replace('StorageError: ', '').trim()).toMatch(NO_BINARY);
  });
});

describe('a project in which pg was left out', () => {
  const URL_OF_NOTHING = 'postgres://ann:secret@127.0.0.1:1/chat';
  const inPostgres = program().replace('sqlite:data/signalbox.db', URL_OF_NOTHING);

  test('has servers without it, and with PostgreSQL it says what to install', async () => {
    const pg = join(folder, 'node_modules/pg');
    // A server with it waits for a database. Its packages are links here, as pnpm makes them.
    expect(await node('--input-type=module', '--eval', inPostgres)).toEqual(FINE);
    // A bundle has it in itself.
    writeFileSync(join(folder, 'in-postgres.js'), inPostgres);
    await bundle('pg', { format: 'esm', banner: { js: REQUIRE }, entryPoints: ['in-postgres.js'] });
    rmSync(pg);
    onTestFinished(() => symlinkSync(join(import.meta.dirname, '../../node_modules/pg'), pg));
    expect(await node('server.js')).toEqual(FINE);
    expect(await node('pg/in-postgres.js')).toEqual(FINE);
    expect(await node('--input-type=module', '--eval', inPostgres)).toEqual({
      ...FINE,
      stdout:
        'StorageError: PostgreSQL needs the package pg, which is optional and not installed: run `npm install pg@8`.\n',
    });
  });
});

describe('a project in which ioredis was left out', () => {
  const MISSING = 'Redis needs the package ioredis, which is optional and not installed: run `npm install ioredis@6`.';
  const inRedis = `
    import { createServer } from 'signalbox';
    const server = createServer({ hubs: {}, logLevel: 'silent', backplane: 'redis://127.0.0.1:1' });
    await server.listen({ port: 0 }).catch((error) => console.log(String(error)));
    await server.close();`;

  test('has servers without it, and with Redis it says what to install', async () => {
    const ioredis = join(folder, 'node_modules/ioredis');
    rmSync(ioredis);
    onTestFinished(() => symlinkSync(join(import.meta.dirname, '../../node_modules/ioredis'), ioredis));
    expect(await node('server.js')).toEqual(FINE);
    expect(await node('--input-type=module', '--eval', inRedis)).toEqual({
      ...FINE,
      stdout: `BackplaneError: ${MISSING}\n`,
    });
    for (const command of [['serve', '--port', '0'], ['check']]) {
      const redis = ['--storage', 'memory:', '--backplane', 'redis://127.0.0.1:1'];
      expect(await node('node_modules/signalbox/dist/src/cli/main.js', ...command, ...redis)).toEqual({
        code: 2,
        stdout: '',
        stderr: `signalbox: ${MISSING}\n`,
      });
    }
  });
});

test('the versions that the texts name are those that the package asks for', () => {
  const { optionalDependencies } = require('../../package.json') as { optionalDependencies: Record<string, string> };
  expect(optionalDependencies['better-sqlite3']).toMatch(/^12\./);
  expect(optionalDependencies.pg).toMatch(/^8\./);
  expect(optionalDependencies.ioredis).toMatch(/^6\./);
});

test('the types of the package need no types of its optional packages', () => {
  const seen = new Set<string>();
  const read = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
      expect(specifier, file).not.toMatch(/^(better-sqlite3|pg)\b/);
      if (specifier.startsWith('.')) read(join(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts')));
    }
  };
  read(join(folder, 'node_modules/signalbox/dist/src/index.d.ts'));
  expect(seen.size).toBeGreaterThan(20);
});
