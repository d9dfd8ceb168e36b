import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/** Checks that every test that docs/reliability.md names exists. */
const root = new URL('../', import.meta.url);
const text = readFileSync(new URL('docs/reliability.md', root), 'utf8');

/** Number of threats and faults in the list. */
const ROWS = 97;
/** Matches a file and the beginnings of the titles after it. */
const NAMED = /`(test\/[^`*]+\.(?:ts|json))`((?:,? "[^"]+")*)/g;

interface Named {
  readonly path: string;
  readonly titles: readonly string[];
}

function namedIn(part: string): Named[] {
  return [...part.matchAll(NAMED)].map(([, path = '', titles = '']) => ({
    path,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));
}

/** Names in a text that do not exist: files and titles. */
function untruths(part: string, read: (path: string) => string | undefined): string[] {
  return namedIn(part).flatMap(({ path, titles }) => {
    const file = read(path);
    if (file === undefined) return [`${path} does not exist`];
    const lines = file.split('\n');
    // A title is a string of the program: a quote stands before it, and it is no comment.
    const isTitle = (line: string, title: string) =>
      /^(?! *(\/\/|\/?\*)).*['"`]/.test(line.slice(0, Math.max(0, line.indexOf(title))));
    return titles.filter((title) => !lines.some((line) => isTitle(line, title))).map((title) => `${path}: "${title}"`);
  });
}

function read(path: string): string | undefined {
  const file = new URL(path, root);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

const rows = text.split('\n').filter((line) => /^\| \d+ \|/.test(line));
const filesOf = (folder: string, ending: string) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}${name}`);

describe('docs/reliability.md', () => {
  test(`has each of the ${ROWS} rows once, in their order`, () => {
    const numbers = rows.map((row) => Number(row.split('|')[1]));
    expect(numbers).toEqual(Array.from({ length: ROWS }, (_, at) => at + 1));
  });

  test('names for each row a test, or says that there is none', () => {
    const silent = rows.filter((row) => namedIn(row).length === 0 && !row.endsWith('| no test |'));
    expect(silent).toEqual([]);
  });

  test('names only files that are there, and titles that they have', () => {
    expect(namedIn(text).length).toBeGreaterThan(ROWS);
    expect(untruths(text, read)).toEqual([]);
  });

  test('names every attack that is a test', () => {
    const paths = new Set(namedIn(text).map(({ path }) => path));
    const attacks = [...filesOf('test/hostile/', '.test.ts'), ...filesOf('test/', '.long.ts')];
    // The test of the attack tools is no attack.
    expect(attacks.filter((path) => !paths.has(path) && path !== 'test/hostile/attack-tools.test.ts')).toEqual([]);
  });
});

test('what is not true is found', () => {
  const files: Record<string, string> = {
    'test/a.test.ts': "test('it holds', () => {});\n// 'it fails'\ntest(`all of them`, () => {});",
  };
  const wrong = '`test/a.test.ts` "it holds", "it fails"; `test/b.test.ts` "x"; `test/a.test.ts` "of them"';
  expect(untruths(wrong, (path) => files[path])).toEqual([
    'test/a.test.ts: "it fails"',
    'test/b.test.ts does not exist',
  ]);
});
