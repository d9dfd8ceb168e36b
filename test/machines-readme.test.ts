import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderMachines } from '../scripts/machines-document.ts';

const machines = new URL('../machines/', import.meta.url);

test('machines/README.md shows the machines as they are', () => {
  const written = readFileSync(new URL('README.md', machines), 'utf8');
  expect(written, 'machines/README.md is out of date: run `npm run diagrams`').toBe(renderMachines());
});

test('machines/README.md has a chapter for every machine', () => {
  const files = readdirSync(machines).filter((name) => name.endsWith('.ts'));
  const rendered = renderMachines();
  const missing = files.filter((name) => !rendered.includes(`(${name})`));
  expect(missing, 'add a chapter to scripts/machines-document.ts and run `npm run diagrams`').toEqual([]);
});
