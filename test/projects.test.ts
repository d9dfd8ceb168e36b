import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALONE, COMPUTING } from './projects.ts';

const root = new URL('../', import.meta.url).pathname;
/** What a file must not use when others run after it in the same process. */
const OF_THE_PROCESS =
  /node:(?:child_process|cluster|dgram|http|https|net|tls|v8|vm|worker_threads)['"]|raw-client\.ts|test-server\.ts|memoryUsage|stackTraceLimit|process\.(?:env|chdir)|\bvi\.|globalThis\.\w+ ?=[^=]/;

function impure(files: readonly string[], textOf: (file: string) => string): string[] {
  return files.filter((file) => OF_THE_PROCESS.test(textOf(file)));
}

test('files that share a process measure no memory, open no socket and change no global', () => {
  const shared = COMPUTING.flatMap((folder) =>
    readdirSync(`${root}test/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `test/${folder}/${name}`),
  ).filter((file) => !ALONE.includes(file));
  expect(shared.length).toBeGreaterThan(50);
  expect(impure(shared, (file) => readFileSync(`${root}${file}`, 'utf8'))).toEqual([]);
});

test('such a file is found', () => {
  const files: Readonly<Record<string, string>> = {
    a: "import { createServer } from 'node:http';",
    b: 'Error.stackTraceLimit = 200;',
    c: 'globalThis.count = 1;',
    d: "import fc from 'fast-check'; if (globalThis.count === 1) test('x', () => {});",
  };
  expect(impure(Object.keys(files), (file) => files[file] as string)).toEqual(['a', 'b', 'c']);
});

test('every file that needs a process of its own exists', () => {
  expect(ALONE.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
});
