import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// The other files of this folder are never run: TypeScript alone judges them. What must not compile stands below a
// comment `@ts-expect-error`, which hides any number of errors, whatever they are; hence the second test.

const EXPECTATION = '// @ts-expect-error';
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const files = readdirSync(here)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name, lines: readFileSync(join(here, name), 'utf8').split('\n') }));

/** Runs the compiler as users do. */
function compile(project: string): { readonly code: number | null; readonly output: string } {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '--pretty', 'false', '-p', project], {
    cwd: project,
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}

/** Copies the files, with their expectations removed, to a place where the packages are found. */
function copyWithoutExpectations(): string {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'types-'));
  for (const { name, lines } of files) {
    const text = lines.join('\n').replaceAll(EXPECTATION, '// wrong:').replaceAll("'../../src/", "'../../../src/");
    writeFileSync(join(folder, name), text);
  }
  const project = { extends: join(root, 'tsconfig.json'), files: files.map(({ name }) => name), include: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
  return folder;
}

describe('the types of the public API', () => {
  test('let every right call compile, and no wrong one', () => {
    expect(compile(here)).toEqual({ code: 0, output: '' });
  });

  test('make exactly one error of every wrong call', () => {
    const expected = files.flatMap(({ name, lines }) =>
      // The line below the comment, counted from 1.
      lines.flatMap((line, index) => (line.includes(EXPECTATION) ? [`${name}:${index + 2}`] : [])),
    );
    const folder = copyWithoutExpectations();
    try {
      const { output } = compile(folder);
      const found = Array.from(
        output.matchAll(/^(\S+)\((\d+),\d+\): error TS/gm),
        ([, name, line]) => `${name}:${line}`,
      );
      expect(found.sort(), output).toEqual(expected.sort());
      expect(expected.length).toBeGreaterThan(50);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('say why each wrong call is wrong', () => {
    const silent = files.flatMap(({ name, lines }) =>
      lines.filter((line) => line.trim() === EXPECTATION).map(() => name),
    );
    expect(silent).toEqual([]);
  });
});
