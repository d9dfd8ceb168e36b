import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The documents: their lines are short, and what they link to and name exists. */
const root = new URL('../', import.meta.url).pathname;
const LONGEST_LINE = 120;
/** Lines that cannot be broken: table rows, HTML comments, one link alone on its line. */
const UNBREAKABLE = /^\s*(\||<!--|(- )?!?\[[^\]]*\]\([^)]*\)\W?$)/;
const LINK = /\]\(([^)\s]+)\)/g;
/** A path in backticks: a file with its ending, or a folder with a slash at its end. */
const PATH = /`((?:[\w.-]+\/)+(?:[\w.-]+\.(?:ts|mjs|json|md|html|conf|svg|patch))?)`/g;
/** Placeholders such as `machines/NAME.ts`, and the folder of results, which exists after a run only. */
const NOT_A_FILE = /\b[A-Z]+\.|^bench\/results\//;
const OUR_FOLDERS = ['bench', 'docs', 'examples', 'machines', 'scripts', 'src', 'test'];

const documents = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'machines/README.md',
  'test/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The text of a document without its code blocks. */
function prose(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```/gm, '');
}

/**
 * Sections that a script writes between two comments, such as the figures of docs/performance.md, may have longer
 * lines.
 */
function tooLong(text: string): string[] {
  return text
    .replace(/^<!-- (\w+): begin -->$[\s\S]*?^<!-- \1: end -->$/gm, '')
    .split('\n')
    .filter((line) => [...line].length > LONGEST_LINE && !UNBREAKABLE.test(line));
}

/** The anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Anchors within a document that no heading has. */
function brokenAnchors(text: string): string[] {
  const headings = [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
  return [...prose(text).matchAll(/\]\(#([^)]+)\)/g)]
    .map(([, anchor = '']) => anchor)
    .filter((anchor) => !headings.includes(anchor));
}

/** Links to headings of other documents that these do not have. */
function brokenHeadings(document: string, text: string, read: (path: string) => string): string[] {
  return [...prose(text).matchAll(/\]\(([^)\s#:]+\.md)#([^)\s]+)\)/g)]
    .filter(([, path = '', anchor = '']) => {
      const target = read(join(dirname(document), path));
      return ![...prose(target).matchAll(/^#+ (.+)$/gm)].some(([, heading = '']) => anchorOf(heading) === anchor);
    })
    .map(([, path, anchor]) => `${path}#${anchor}`);
}

function brokenLinks(document: string, text: string, exists: (path: string) => boolean): string[] {
  return [...prose(text).matchAll(LINK)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(https?:|#)/.test(target))
    .filter((target) => !exists(join(dirname(document), target.replace(/#.*/, ''))));
}

/** Paths that do not exist. `folder/file.ts` may also be relative to src. */
function unknownPaths(text: string, exists: (path: string) => boolean): string[] {
  return [...prose(text).matchAll(PATH)]
    .map(([, path = '']) => path)
    .filter((path) => {
      const [first = ''] = path.split('/');
      const isOurs = OUR_FOLDERS.includes(first) || exists(`src/${first}`) || path.endsWith('.ts');
      return isOurs && !NOT_A_FILE.test(path) && !exists(path) && !exists(`src/${path}`);
    });
}

const exists = (path: string) => existsSync(join(root, path));
const read = (path: string) => (exists(path) ? readFileSync(join(root, path), 'utf8') : '');

describe.each(documents)('%s', (document) => {
  const text = readFileSync(join(root, document), 'utf8');

  test(`has no line of more than ${LONGEST_LINE} characters`, () => {
    expect(tooLong(text)).toEqual([]);
  });

  test('links to files and headings that exist', () => {
    const broken = [...brokenLinks(document, text, exists), ...brokenHeadings(document, text, read)];
    expect([...broken, ...brokenAnchors(text)]).toEqual([]);
  });

  test('names files that exist', () => {
    expect(unknownPaths(text, exists)).toEqual([]);
  });
});

test('a long line, a broken link and an unknown path are found', () => {
  const files = ['docs/a.md', 'src/hub', 'src/hub/hub.ts', 'test/hub/'];
  const has = (path: string) => files.includes(path);
  const long = 'x'.repeat(LONGEST_LINE + 1);
  expect(tooLong(`${long}\n| ${long} |\n[${long}](a.md)`)).toEqual([long]);
  expect(brokenLinks('docs/b.md', '[a](a.md#part) [c](c.md) [d](https://d.example)', has)).toEqual(['c.md']);
  expect(brokenHeadings('docs/b.md', '[a](a.md#one) [b](a.md#two)', (path) => `# One\n${path}`)).toEqual(['a.md#two']);
  expect(brokenAnchors('## One `part`\n[a](#one-part) [b](#two)')).toEqual(['two']);
  expect(
    unknownPaths('`hub/hub.ts` `hub/gone.ts` `src/old.ts` `test/hub/` `machines/NAME.ts` `application/json`', has),
  ).toEqual(['hub/gone.ts', 'src/old.ts']);
});
