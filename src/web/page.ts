import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathOf } from '../http/request-info.ts';
import type { RequestHandler } from './listener.ts';

interface Asset {
  readonly body: Buffer;
  readonly etag: string;
  readonly type: string;
}

/** Content types by file extension. Files with other extensions are not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * Scripts and styles from our own files only, no other host. Pages of the same server may embed the page in a frame.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

const HEADERS = {
  // Cached, but revalidated each time: after an update no browser mixes old and new files.
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

/**
 * Serves the page at `/`, its files at `/page/NAME`, and the documents below `/docs/`. All files are read here, once: no
 * request reaches the file system, so none can leave the directory.
 *
 * @param directory Output of scripts/page.ts, with a slash at its end.
 */
export function createPage(directory: URL): RequestHandler {
  const assets = readAssets(directory);
  return (request, response) => {
    // Not decoded: none of our names needs it.
    const asset = assets.get(pathOf(request.url ?? '/'));
    if (asset === undefined) return false;
    if (request.method === 'GET' || request.method === 'HEAD') answer(request, response, asset);
    else response.writeHead(405, { ...HEADERS, Allow: 'GET, HEAD', 'Content-Length': 0 }).end();
    return true;
  };
}

function readAssets(directory: URL): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  const root = fileURLToPath(directory);
  const entries = existsSync(root) ? readdirSync(root, { withFileTypes: true, recursive: true }) : [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const type = TYPES[extname(path)];
    const address = addressOf(relative(root, path).split(sep));
    if (!entry.isFile() || type === undefined || address === undefined) continue;
    const body = readFileSync(path);
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
    assets.set(address, { body, etag, type });
  }
  if (!assets.has('/')) throw new Error(`There is no index.html in ${directory.href}: npm run build makes it.`);
  return assets;
}

/** The path at which a file is served, by the names of its folders and its own; undefined: it is not served. */
function addressOf(names: readonly string[]): string | undefined {
  const path = `/${names.join('/')}`;
  if (path === '/index.html' || path === '/docs/index.html') return path.replace('index.html', '');
  if (names[0] === 'docs') return path;
  return names.length === 1 ? `/page${path}` : undefined;
}

function answer(request: IncomingMessage, response: ServerResponse, { body, etag, type }: Asset): void {
  if (isKnown(request.headers['if-none-match'], etag)) {
    response.writeHead(304, { ...HEADERS, ETag: etag }).end();
    return;
  }
  response.writeHead(200, { ...HEADERS, ETag: etag, 'Content-Type': type, 'Content-Length': body.byteLength });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Whether If-None-Match lists the ETag, weak or not (RFC 9110, section 13.1.2). */
function isKnown(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false;
  const known = condition.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}
