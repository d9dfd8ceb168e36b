import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPage } from '../../src/web/page.ts';

const HTML = '<!doctype html><title>höllo</title>';
const FILES = {
  'index.html': HTML,
  'main.js': 'export {};',
  'theme.css': 'a{}',
  'favicon.svg': '<svg/>',
  'signalr.LICENSE.txt': 'MIT',
  'tsconfig.json': '{"private":true}',
  '.env': 'SECRET=1',
  'docs/index.html': '<title>documents</title>',
  'docs/hubs.html': '<title>hubs</title>',
  'docs/decisions/0001.html': '<title>one</title>',
  'docs/images/page.png': 'PNG',
  'docs/notes.md': '# not rendered',
};

let root: string;
let http: Server;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'signalbox-http-page-'));
  const directory = join(root, 'page');
  for (const name of ['deep.js', 'docs/decisions', 'docs/images', 'docs/deep.html', 'others/docs']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  writeFileSync(join(directory, 'others/main.js'), 'export {};');
  writeFileSync(join(directory, 'others/docs/hubs.html'), '<title>others</title>');
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(directory, name), text);
  writeFileSync(join(root, 'outside.txt'), 'not for you');
  const page = createPage(pathToFileURL(`${directory}/`));
  http = createServer((incoming, response) => {
    if (!page(incoming, response)) response.writeHead(404).end('somebody else');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  rmSync(root, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Node's own client sends a path as it is; `fetch` would normalise it. */
function ask(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  const { port } = http.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, async (response) => {
      let body = '';
      response.setEncoding('utf8');
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode, headers: response.headers, body });
    });
    outgoing.on('error', reject).end();
  });
}

const SECURITY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

describe('what it serves', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', HTML],
    ['/?panes=2', 'text/html; charset=utf-8', HTML],
    ['/page/main.js', 'text/javascript; charset=utf-8', FILES['main.js']],
    ['/page/theme.css?v=1', 'text/css; charset=utf-8', FILES['theme.css']],
    ['/page/favicon.svg', 'image/svg+xml', FILES['favicon.svg']],
    ['/page/signalr.LICENSE.txt', 'text/plain; charset=utf-8', FILES['signalr.LICENSE.txt']],
    ['/docs/', 'text/html; charset=utf-8', FILES['docs/index.html']],
    ['/docs/hubs.html?a', 'text/html; charset=utf-8', FILES['docs/hubs.html']],
    ['/docs/decisions/0001.html', 'text/html; charset=utf-8', FILES['docs/decisions/0001.html']],
    ['/docs/images/page.png', 'image/png', 'PNG'],
  ])('%s', async (path, type, body) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ status: 200, body, headers: { ...SECURITY, 'content-type': type } });
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(body)));
  });

  test('HEAD: the same without the body', async () => {
    const [get, head] = [await ask('/'), await ask('/', 'HEAD')];
    expect(head).toMatchObject({ status: 200, body: '' });
    const { date: _, ...headers } = get.headers;
    expect(head.headers).toMatchObject(headers);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is not allowed', async (method) => {
    const answer = await ask('/', method);
    expect(answer).toMatchObject({ status: 405, body: '', headers: { ...SECURITY, allow: 'GET, HEAD' } });
  });
});

describe('conditional requests', () => {
  const etag = `"${createHash('sha256').update(HTML).digest('base64url')}"`;

  test('the tag is that of the content', async () => {
    expect((await ask('/')).headers.etag).toBe(etag);
    expect((await ask('/page/main.js')).headers.etag).not.toBe(etag);
  });

  test.each([etag, `W/${etag}`, `"other", ${etag}`, '*'])('If-None-Match: %s is answered with 304', async (tag) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask('/', method, { 'if-none-match': tag });
      expect(answer).toMatchObject({ status: 304, body: '', headers: { ...SECURITY, etag } });
      expect(answer.headers['content-type']).toBeUndefined();
    }
  });

  test.each(['"other"', etag.slice(1, -1), ''])('If-None-Match: %s is answered in full', async (tag) => {
    expect(await ask('/', 'GET', { 'if-none-match': tag })).toMatchObject({ status: 200, body: HTML });
  });
});

describe('what it leaves to others', () => {
  test.each([
    ['unknown files', '/page/nothing.js'],
    ['the directory', '/page/'],
    ['index.html by its name', '/page/index.html'],
    ['other types', '/page/tsconfig.json'],
    ['hidden files', '/page/.env'],
    ['directories', '/page/deep.js'],
    ['another case', '/PAGE/main.js'],
    ['other folders', '/page/others/main.js'],
    ['other folders without theirs', '/others/docs/hubs.html'],
    ['the documents below /page/', '/page/hubs.html'],
    ['the documents by their names', '/docs/index.html'],
    ['the documents without a slash', '/docs'],
    ['other types of documents', '/docs/notes.md'],
    ['directories of documents', '/docs/deep.html'],
    ['a way out of the documents', '/docs/../page/main.js'],
    ['an encoded way out of the documents', '/docs/%2e%2e/main.js'],
    ['other paths', '/hubs/chat'],
    ['a way out', '/page/../outside.txt'],
    ['an encoded way out', '/page/%2e%2e/outside.txt'],
    ['an encoded slash', '/page/..%2foutside.txt'],
    ['a backslash', '/page/..\\outside.txt'],
    ['names of every object', '/__proto__'],
    ['what cannot be decoded', '/page/%zz'],
  ])('%s: %s', async (_, path) => {
    for (const method of ['GET', 'POST']) {
      expect(await ask(path, method)).toMatchObject({ status: 404, body: 'somebody else' });
    }
  });
});

test('a directory without a page is an error at the start', () => {
  expect(() => createPage(pathToFileURL(`${join(root, 'page', 'deep.js')}/`))).toThrow('There is no index.html');
  expect(() => createPage(pathToFileURL(`${join(root, 'nowhere')}/`))).toThrow('npm run build makes it');
});
