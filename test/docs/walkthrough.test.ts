import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** docs/walkthrough.md names functions: each of them exists, and a method is in the file of its class. */
const root = new URL('../../', import.meta.url).pathname;
const sources = ['src', 'machines'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
);

/** Code spans such as `Lane.push`, `jsonCodec.read`, `#sort`, `hub.abort()` and `parse`. */
const NAME = /^#?[a-z]\w*(?:\.#?\w+)*(?:\(\))?$/i;
/** A file name, which test/docs.test.ts checks when it has a folder. */
const FILE = /\.(?:ts|md)$/;

function namesIn(text: string): string[] {
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return [...new Set(spans.filter((span) => NAME.test(span) && !FILE.test(span)))];
}

/** Whether the sources have a name. Of `Class.member` some file has to declare the class and have the member. */
function exists(name: string, texts: readonly string[]): boolean {
  const [owner = '', ...members] = name.replace('()', '').split('.');
  const isClass = /^[A-Z]/.test(owner) && members.length > 0;
  const has = (text: string, word: string) => new RegExp(`(?<![\\w#])${word}\\b`).test(text);
  if (isClass) {
    return texts.some((text) => has(text, `(?:class|interface) ${owner}`) && members.every((one) => has(text, one)));
  }
  return [owner, ...members].every((word) => texts.some((text) => has(text, word)));
}

test('every function that the walkthrough names exists', () => {
  const names = namesIn(readFileSync(join(root, 'docs/walkthrough.md'), 'utf8'));
  expect(names.length).toBeGreaterThan(80);
  expect(names.filter((name) => !exists(name, sources))).toEqual([]);
});

test('a name that is gone is found', () => {
  const texts = ['class Lane { push() {} }', 'class Run { #with() {} }', 'const hub = { abort() {} };'];
  expect(namesIn('`Lane.push` `lane.ts` `5` `a b` `#with` `POST /x`')).toEqual(['Lane.push', '#with']);
  for (const name of ['Lane.push', 'Run.#with', 'hub.abort()', '#with']) expect(exists(name, texts)).toBe(true);
  for (const name of ['Lane.pull', 'Lane.#with', 'Hub.abort', 'gone', 'with']) expect(exists(name, texts)).toBe(false);
});
