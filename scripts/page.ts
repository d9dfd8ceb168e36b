// Builds the page of the standalone server into a directory: `tsx scripts/page.ts [directory]`, default dist/src/page.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDocuments } from './documents.ts';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src', 'page');
const target = resolve(process.argv[2] ?? join(root, 'dist', 'src', 'page'));

const COPIED = [
  'index.html',
  'theme.css',
  'layout.css',
  'chat.css',
  'motion.css',
  'documents.css',
  'favicon.svg',
  'signalr.LICENSE.txt',
];

// Files of an earlier build must not be served.
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
execFileSync(process.execPath, [tsc, '-p', source, '--outDir', target], { stdio: 'inherit' });
for (const file of COPIED) copyFileSync(join(source, file), join(target, file));

// The official client is not a dependency of the package, so its bundle is copied, with its licence.
const bundle = join('dist', 'browser', 'signalr.min.js');
copyFileSync(join(dirname(require.resolve('@microsoft/signalr/package.json')), bundle), join(target, 'signalr.min.js'));

writeDocuments(root, join(target, 'docs'));
