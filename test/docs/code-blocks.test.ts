import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DocumentedProgram, programsOf } from './code-blocks.ts';

/** Every TypeScript block of README.md and docs/ compiles, in strict mode, against the public types. */
const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');

const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const programs = documents.flatMap((document) => programsOf(document, readFileSync(join(root, document), 'utf8')));

const SETTINGS = {
  extends: join(root, 'tsconfig.json'),
  // An example may declare a hub and not mount it.
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: { signalbox: [join(root, 'src/index.ts')] },
  },
  include: ['*.ts'],
  exclude: [],
};

/** Output of the compiler for programs, each in a file of its own. Empty: all compile. */
async function compile(programs: readonly DocumentedProgram[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-docs-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(SETTINGS));
    for (const { at, code } of programs) writeFileSync(join(folder, `${nameOf(at)}.ts`), code);
    return await outputOfCompiler(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function outputOfCompiler(folder: string): Promise<string> {
  const args = [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder }, (error, stdout, stderr) => {
      // The compiler ends with 1 or 2 when a program is wrong.
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve(stdout + stderr);
    });
  });
}

/** A file name for the place of a program: `docs/hubs.md:7` is `docs-hubs-md-7`. */
function nameOf(at: string): string {
  return at.replace(/\W+/g, '-');
}

describe('TypeScript blocks in documents', () => {
  let output = '';
  beforeAll(async () => {
    output = await compile(programs);
  });

  test.each(programs.map(({ at }) => at))('%s compiles', (at) => {
    expect(output.split('\n').filter((line) => line.startsWith(`${nameOf(at)}.ts`))).toEqual([]);
  });

  test('cause no other error', () => {
    expect(output).toBe('');
  });
});

test('a wrong program is found, and so is a fragment that continues nothing', async () => {
  const text = "```ts\nimport { method } from 'signalbox';\n```\n\n- a list\n  ```ts\n  method(5, () => {});\n  ```\n";
  const [program, ...others] = programsOf('a.md', text);
  expect(program).toEqual({ at: 'a.md:1', code: "import { method } from 'signalbox';\nmethod(5, () => {});" });
  expect(others).toEqual([]);
  expect(await compile([program as DocumentedProgram])).toMatch(/^a-md-1\.ts\(2,8\): error TS/);
  expect(() => programsOf('b.md', '```ts\nmethod([], () => {});\n```')).toThrow('b.md:1 continues nothing');
  expect(programsOf('c.md', '```js\nanything\n```')).toEqual([]);
});
