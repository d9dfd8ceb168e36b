import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf, installPacked } from '../support/packed-package.ts';
import { build } from '../support/standalone.ts';
import { type DocumentedProgram, isClient, isServer, isTest, programsOf } from './code-blocks.ts';
import { LaidPrograms, nameOf } from './laid-programs.ts';
import type { End } from './running-program.ts';

/** Every program of README.md and docs/ compiles, if it is TypeScript, and runs, with the package as users get it. */
const root = resolve(import.meta.dirname, '../..');

/** What the documents tell their readers to install. */
const INSTALLED = [
  ...['@microsoft/signalr', '@microsoft/signalr-protocol-msgpack', '@statelyai/inspect', 'zod', 'vite'],
  ...[
    'cookie',
    'cookie-signature',
    'esbuild',
    'express',
    'express-session',
    'fastify',
    'jose',
    'socket.io',
    '@types/express',
    '@types/node',
  ],
];
/** Programs that run at the same time. */
const AT_ONCE = 3;

const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const programs = documents.flatMap((document) => programsOf(document, readFileSync(join(root, document), 'utf8')));

/** Programs that must be found: one does not compile, one throws when it listens, one complains, one prints more. */
const wrong = programsOf(
  'wrong.md',
  [
    "```ts\nimport { method } from 'signalbox';\nif (process.pid === 0) method(5, () => {});\n```",
    "```js\nimport http from 'node:http';\nhttp.createServer().listen(5080, () => { throw new Error('fault'); });\n```",
    "```js\nimport 'node:http';\nconsole.error('{\"level\":40}');\n```",
    "```js\nimport 'node:http';\nconsole.log('more');\n```\n```text\nless\n```",
  ].join('\n'),
);

const ends = new Map<string, readonly [End, ...End[]] | Error>();
let output = '';
let files: readonly string[] = [];

async function runAll(laid: LaidPrograms): Promise<void> {
  const left = [...programs, ...wrong].values();
  const worker = async () => {
    for (const program of left) {
      ends.set(program.at, await laid.run(program).catch((error: unknown) => error as Error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-docs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  build();
  installPacked(folder, INSTALLED);
  files = filesOf(folder);
  const laid = new LaidPrograms(folder, [...programs, ...wrong]);
  output = await laid.compile();
  await runAll(laid);
}, 300_000);

/** What is wrong with the run of a program; empty: nothing. */
function faultsOf({ at, output }: DocumentedProgram): string[] {
  const its = ends.get(at);
  if (its === undefined || its instanceof Error) return [String(its)];
  // What a server logs at `info` is no fault.
  const lines = its.flatMap(({ stderr }) => stderr.split('\n'));
  const faults = lines.filter((line) => line !== '' && !line.startsWith('{"level":30,'));
  for (const { how } of its) if (how !== 0 && how !== 'SIGTERM') faults.push(`ended with ${how}`);
  const printed = its[0].stdout.trimEnd();
  if (output !== undefined && printed !== output) faults.push(`printed ${printed}`);
  return faults;
}

function outputFor(at: string): string[] {
  return output.split('\n').filter((line) => line.startsWith(`${nameOf(at)}/`));
}

describe('programs in documents', () => {
  const typed = programs.filter(({ file }) => file.endsWith('.ts'));

  test.each(typed.map(({ at }) => at))('%s compiles', (at) => {
    expect(outputFor(at)).toEqual([]);
  });

  test('cause no other error of the compiler', () => {
    expect(output.split('\n').filter((line) => line !== '')).toEqual(outputFor('wrong.md:1'));
  });

  test.each(programs)('$at runs, and prints what stands there', (program) => {
    expect(faultsOf(program)).toEqual([]);
  });

  test('are found when they are wrong', () => {
    expect(outputFor('wrong.md:1')).toEqual([expect.stringMatching(/program\.ts\(2,31\): error TS/)]);
    expect(wrong.map(faultsOf)).toEqual([
      [],
      expect.arrayContaining([expect.stringContaining('Error: fault'), 'ended with 1']),
      ['{"level":40}'],
      ['printed more'],
    ]);
  });

  test('are of every kind, and all of them ran', () => {
    const count = (is: (program: DocumentedProgram) => boolean) => programs.filter(is).length;
    expect(ends.size).toBe(programs.length + wrong.length);
    expect(typed.length).toBeGreaterThan(4);
    expect(count(({ code }) => isServer(code))).toBeGreaterThan(6);
    expect(count(({ code }) => isClient(code))).toBeGreaterThan(6);
    expect(count(({ code }) => isTest(code))).toBeGreaterThan(0);
    expect(count(({ output }) => output !== undefined)).toBeGreaterThan(2);
  });
});

test('the package has the documents, as files and as pages, and no sources', () => {
  expect(files).toEqual(expect.arrayContaining(documents));
  const pages = documents.map((path) => path.replace(/^(?:docs\/)?(.*)\.md$/, 'dist/src/page/docs/$1.html'));
  expect(files).toEqual(expect.arrayContaining(pages.map((path) => path.replace('README.html', 'index.html'))));
  expect(files.filter((path) => /^(?:src|machines\/.*\.ts|test|scripts)\b|\btesting\b/.test(path))).toEqual([]);
});

test('the rules for blocks', () => {
  const text = [
    ...["```ts\nimport { method } from 'signalbox';\n```", '- a list\n  ```ts\n  method(5, () => {});\n  ```'],
    ...[
      '```js\n// hub.js\nimport "a";\n```',
      '```html\n<!-- a.html -->\n<p>\n```',
      '```text\n1\n```',
      '```text\n2\n```',
    ],
    ...['```yaml\nimport: 1\n```', "```js\nimport { connect } from './hub.js';\n```"],
  ].join('\n\n');
  const [typed, named, last, ...others] = programsOf('a.md', text);
  expect(others).toEqual([]);
  expect(typed).toMatchObject({ at: 'a.md:1', file: 'program.ts', files: new Map(), output: undefined });
  expect(typed?.code).toBe("import { method } from 'signalbox';\nmethod(5, () => {});");
  expect(named).toMatchObject({ at: 'a.md:10', file: 'hub.js', files: new Map(), output: '1' });
  expect([...(last?.files.keys() ?? [])]).toEqual(['hub.js', 'a.html']);
  expect(() => programsOf('b.md', '```ts\nmethod([], () => {});\n```')).toThrow('b.md:1 continues nothing');
  expect(() => programsOf('c.md', "```ts\nimport 'a';\n```\n```js\na();\n```")).toThrow('c.md:4 continues nothing');
});
