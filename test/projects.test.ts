import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALONE, COMPUTING, SERVING } from './projects.ts';

const root = new URL('../', import.meta.url).pathname;
/** What a file must not use when others run after it in the same process. */
const OF_THE_PROCESS =
  /node:(?:child_process|cluster|v8|vm|worker_threads)['"]|(?:child|nginx|postgres|redis|standalone)\.ts|memoryUsage|stackTraceLimit|process\.(?:env|chdir)|\bvi\.|globalThis\.\w+ ?=[^=]/;
/** What a file must not use that only computes, either. */
const OF_SERVERS = /node:(?:dgram|http|https|net|tls)['"]|raw-client\.ts|test-server\.ts/;

function using(used: readonly RegExp[], files: readonly string[], textOf: (file: string) => string): string[] {
  return files.filter((file) => used.some((pattern) => pattern.test(textOf(file))));
}

function sharedIn(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(`${root}test/${folder}`, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => `test/${folder}/${name}`),
    )
    .filter((file) => !ALONE.includes(file));
}

test.each([
  ['measure no memory, open no socket and change no global', COMPUTING, [OF_THE_PROCESS, OF_SERVERS], 50],
  ['and serve measure no memory, start no process and change no global', SERVING, [OF_THE_PROCESS], 50],
])('files that share a process %s', (_what, folders, used, least) => {
  const shared = sharedIn(folders);
  expect(shared.length).toBeGreaterThan(least);
  expect(using(used, shared, (file) => readFileSync(`${root}${file}`, 'utf8'))).toEqual([]);
});

test('such a file is found', () => {
  const files: Readonly<Record<string, string>> = {
    a: "import { createServer } from 'node:http';",
    b: 'Error.stackTraceLimit = 200;',
    c: 'globalThis.count = 1;',
    d: "import fc from 'fast-check'; if (globalThis.count === 1) test('x', () => {});",
    e: "import { Child } from '../support/child.ts';",
  };
  const found = (...used: readonly RegExp[]) => using(used, Object.keys(files), (file) => files[file] as string);
  expect(found(OF_THE_PROCESS, OF_SERVERS)).toEqual(['a', 'b', 'c', 'e']);
  expect(found(OF_THE_PROCESS)).toEqual(['b', 'c', 'e']);
});

test('every file that needs a process of its own exists', () => {
  expect(ALONE.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
});
