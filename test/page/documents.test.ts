import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderDocument, writeDocuments } from '../../scripts/documents.ts';

/** The pages of the documents, as `npm run build` makes them. */
const root = resolve(import.meta.dirname, '../..');

const PAGES = new Map([
  ['README.md', 'index.html'],
  ['docs/a.md', 'a.html'],
  ['docs/decisions/1.md', 'decisions/1.html'],
  ['docs/images/x.png', 'images/x.png'],
]);

/** What stands in `<main>`. */
function mainOf(path: string, markdown: string): string {
  return /<main>\n([\s\S]*?)\n?<\/main>/.exec(renderDocument(path, markdown, PAGES))?.[1] ?? '';
}

describe('one document', () => {
  test.each([
    ['docs/b.md', '[a](a.md)', '<a href="a.html">a</a>'],
    ['docs/b.md', '[a](a.md#one-part)', '<a href="a.html#one-part">a</a>'],
    ['docs/b.md', '[a](#part)', '<a href="#part">a</a>'],
    ['docs/b.md', '[a](decisions/1.md)', '<a href="decisions/1.html">a</a>'],
    ['docs/b.md', '[a](../README.md)', '<a href="./">a</a>'],
    ['docs/b.md', '[a](https://a.example/b?c#d)', '<a href="https://a.example/b?c#d">a</a>'],
    ['docs/decisions/2.md', '[a](../a.md)', '<a href="../a.html">a</a>'],
    ['docs/decisions/2.md', '[a](../../README.md#b)', '<a href="../#b">a</a>'],
    ['README.md', '[a](docs/decisions/1.md)', '<a href="decisions/1.html">a</a>'],
    ['README.md', '![An x](docs/images/x.png)', '<img src="images/x.png" alt="An x" />'],
  ])('%s: %s', (path, markdown, html) => {
    expect(mainOf(path, markdown)).toBe(`<p>${html}</p>`);
  });

  test.each(['../src/hub.ts', 'gone.md', '../examples/nginx.conf', '../docs'])('a link to %s is its text', (target) => {
    expect(mainOf('docs/b.md', `see [the \`file\`](${target}).`)).toBe('<p>see the <code>file</code>.</p>');
  });

  test('headings have the anchors of GitHub, a repeated one with a number, and sections are listed', () => {
    const html = renderDocument(
      'docs/b.md',
      '# A `b` & c\n\n## 1. One\n\n## One, two\n\n### Deep\n\n## 1. One\n',
      PAGES,
    );
    expect(html).toContain('<title>A b &amp; c - signalbox</title>');
    expect(html).toContain('<h1 id="a-b--c">A <code>b</code> &amp; c</h1>');
    expect([...html.matchAll(/<li><a href="(.*?)">/g)].map(([, href]) => href)).toEqual([
      '#1-one',
      '#one-two',
      '#1-one-1',
    ]);
    expect(html).toContain('<h2 id="1-one-1">');
  });

  test('code is text, and can be reached with the keyboard', () => {
    expect(mainOf('docs/b.md', '```html\n<script>alert("1 & 2")</script>\n```')).toBe(
      '<pre tabindex="0"><code>&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;\n</code></pre>',
    );
  });

  test('a table without a head has none', () => {
    expect(mainOf('docs/b.md', '| | |\n|---|---|\n| `a` | b |')).toBe(
      '<div class="table of-texts" tabindex="0"><table><tbody><tr><td><code>a</code></td><td>b</td></tr>\n</tbody></table></div>',
    );
    expect(mainOf('docs/b.md', '| a | b | c | d |\n|---|---|---|---|\n')).toContain('<div class="table" tabindex="0">');
    expect(mainOf('docs/b.md', '| a | |\n|---|---|\n| b | c |')).toContain(
      '<thead><tr><th>a</th><th></th></tr>\n</thead>',
    );
  });

  test('the files of the page are found from each folder', () => {
    for (const [path, to] of [
      ['README.md', '..'],
      ['docs/a.md', '..'],
      ['docs/decisions/1.md', '../..'],
    ] as const) {
      const html = renderDocument(path, '# A', PAGES);
      expect(html).toContain(`<link rel="stylesheet" href="${to}/page/documents.css" />`);
      expect(html).toContain(`<a href="${to}/docs/tutorial.html">`);
    }
  });
});

describe('all documents', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-documents-'));
  beforeAll(() => writeDocuments(root, directory));
  afterAll(() => rmSync(directory, { recursive: true }));

  const htmlOf = (path: string) => readFileSync(path.endsWith('/') ? join(path, 'index.html') : path, 'utf8');

  test('have links to each other that lead somewhere, and no script', () => {
    const pages = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.html'),
    );
    let links = 0;
    const broken = pages.flatMap((name) => {
      const html = htmlOf(join(directory, name));
      expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
      const main = html.slice(html.indexOf('<div class="paper">'));
      return [...main.matchAll(/<a href="([^"]*)"/g)].flatMap(([, href = '']) => {
        if (href.startsWith('http')) return [];
        links += 1;
        const [file = '', anchor] = href.split('#');
        const target = file === '' ? join(directory, name) : join(directory, dirname(name), file);
        const exists = existsSync(target) && (anchor === undefined || htmlOf(target).includes(` id="${anchor}"`));
        return exists ? [] : [`${name}: ${href}`];
      });
    });
    expect(broken).toEqual([]);
    expect(pages.length).toBeGreaterThan(35);
    expect(links).toBeGreaterThan(200);
  });
});
