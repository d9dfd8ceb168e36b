// Pages of the documents, for the standalone server: README.md, CHANGELOG.md and docs/, as HTML without scripts.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { Marked, type Tokens } from 'marked';

/** Files that documents show. */
const IMAGE = /\.(?:png|svg)$/;

/**
 * Writes all pages, and the images that they show, into a directory.
 *
 * @param root The repository.
 */
export function writeDocuments(root: string, directory: string): void {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`);
  const documents = ['README.md', 'CHANGELOG.md', ...inDocs.filter((path) => path.endsWith('.md'))];
  const images = inDocs.filter((path) => IMAGE.test(path));
  const pages = new Map([...documents, ...images].map((path) => [path, pageOf(path)]));
  const write = (path: string, content: string | Buffer) => {
    const target = join(directory, pageOf(path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  };
  for (const path of documents) write(path, renderDocument(path, readFileSync(join(root, path), 'utf8'), pages));
  for (const path of images) write(path, readFileSync(join(root, path)));
}

/** Place of a document below `/docs/`: `docs/hubs.md` is `hubs.html`, and README.md `index.html`. */
function pageOf(path: string): string {
  return path === 'README.md' ? 'index.html' : path.replace(/^docs\//, '').replace(/\.md$/, '.html');
}

/**
 * Renders a document as a page.
 *
 * @param path The document, relative to the repository.
 * @param pages Places of all pages and images, by the paths of their sources. Links to other files become texts.
 */
export function renderDocument(path: string, markdown: string, pages: ReadonlyMap<string, string>): string {
  const own = pageOf(path);
  const anchors = new Map<string, number>();
  const sections: { readonly anchor: string; readonly html: string }[] = [];
  let title = path;

  /** The address of a link for this page; undefined: nothing is served there. */
  const addressOf = (href: string): string | undefined => {
    if (/^(?:https?:|#)/.test(href)) return href;
    const [file = '', anchor] = href.split('#');
    const page = pages.get(posix.join(posix.dirname(path), file));
    if (page === undefined) return undefined;
    // The server has no other address of README.md than that of the folder.
    const address = posix.relative(posix.dirname(own), page).replace(/index\.html$/, '') || './';
    return anchor === undefined ? address : `${address}#${anchor}`;
  };
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading): string {
        const html = this.parser.parseInline(tokens);
        const anchor = anchorOf(text, anchors);
        if (depth === 1) title = text.replaceAll('`', '');
        if (depth === 2) sections.push({ anchor, html });
        return `<h${depth} id="${anchor}">${html}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const html = this.parser.parseInline(tokens);
        const address = addressOf(href);
        return address === undefined ? html : `<a href="${escapeHtml(address)}">${html}</a>`;
      },
      image({ href, text }: Tokens.Image): string {
        return `<img src="${escapeHtml(addressOf(href) ?? '')}" alt="${escapeHtml(text)}" />`;
      },
      code({ text }: Tokens.Code): string {
        return `<pre tabindex="0"><code>${escapeHtml(text)}\n</code></pre>\n`;
      },
      table(token: Tokens.Table): string {
        const row = (cells: readonly Tokens.TableCell[], tag: 'td' | 'th') =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>\n`;
        const hasHead = token.header.some(({ text }) => text !== '');
        const head = hasHead ? `<thead>${row(token.header, 'th')}</thead>` : '';
        const body = token.rows.map((cells) => row(cells, 'td')).join('');
        // Few columns, with sentences in them: on a phone its cells stand below each other.
        const kind = token.header.length <= 3 ? 'table of-texts' : 'table';
        return `<div class="${kind}" tabindex="0"><table>${head}<tbody>${body}</tbody></table></div>\n`;
      },
    },
  });
  const article = marked.parse(markdown, { async: false });
  return pageWith({ title, article, sections, root: posix.relative(posix.dirname(`docs/${own}`), '.') });
}

/** The anchor that GitHub makes of a heading. A repeated one gets a number. */
function anchorOf(heading: string, seen: Map<string, number>): string {
  const anchor = heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
  const times = seen.get(anchor) ?? 0;
  seen.set(anchor, times + 1);
  return times === 0 ? anchor : `${anchor}-${times}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

interface Page {
  readonly title: string;
  readonly article: string;
  readonly sections: readonly { readonly anchor: string; readonly html: string }[];
  /** Address of the server's root, relative to the page: it may be behind a proxy with a path of its own. */
  readonly root: string;
}

function pageWith({ title, article, sections, root }: Page): string {
  const links = sections.map(
    ({ anchor, html }) => `<li><a href="#${anchor}">${html.replace(/<\/?a\b[^>]*>/g, '')}</a></li>`,
  );
  const contents =
    links.length < 2 ? '' : `<nav class="contents" aria-label="On this page"><ul>${links.join('\n')}</ul></nav>`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
    <meta name="color-scheme" content="light dark" />
    <meta name="theme-color" media="(prefers-color-scheme: light)" content="#e9eeea" />
    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0c1210" />
    <title>${title === 'signalbox' ? title : `${escapeHtml(title)} - signalbox`}</title>
    <link rel="icon" href="${root}/page/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="${root}/page/theme.css" />
    <link rel="stylesheet" href="${root}/page/documents.css" />
  </head>
  <body>
    <header class="top">
      <a class="brand" href="${root}/docs/">
        <img src="${root}/page/favicon.svg" alt="" width="30" height="30" />
        <span>signalbox</span>
      </a>
      <nav aria-label="Documents">
        <a href="${root}/docs/tutorial.html">Tutorial</a>
        <a href="${root}/docs/#where-to-read-next">All documents</a>
        <a href="${root}/">Chat</a>
      </nav>
    </header>
    <div class="paper">
${contents}
<main>
${article}</main>
    </div>
  </body>
</html>
`;
}
