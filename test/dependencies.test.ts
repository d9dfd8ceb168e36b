import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const json = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const { dependencies, optionalDependencies, devDependencies, allowScripts } = json('package.json');
const installed = Object.entries<Package>(json('package-lock.json').packages).filter(([path]) => path !== '');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

test('every dependency is one exact version', () => {
  const versions = Object.entries<string>({ ...dependencies, ...optionalDependencies, ...devDependencies });
  expect(versions.length).toBeGreaterThan(20);
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('the lockfile knows every package by its hash, and names no host to get it from', () => {
  expect(installed.length).toBeGreaterThan(100);
  expect(installed.filter(([, { integrity, link }]) => integrity === undefined && link !== true)).toEqual([]);
  expect(installed.filter(([, { resolved, link }]) => resolved !== undefined && link !== true)).toEqual([]);
});

test('whether a package may run a script at its installation has been decided', () => {
  const names = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => nameOf(path));
  expect(names).toContain('better-sqlite3');
  expect(names.filter((name) => allowScripts[name] === undefined)).toEqual([]);
});

test('the package has nothing of src/testing, which is not published', () => {
  const { exclude } = json('tsconfig.build.json');
  expect(exclude).toContain('src/testing');
  expect(existsSync(new URL('../dist/src/testing', import.meta.url))).toBe(false);
});
