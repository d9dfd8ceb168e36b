import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { build } from './support/standalone.ts';

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const json = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const { dependencies, optionalDependencies, devDependencies, peerDependencies, peerDependenciesMeta, allowScripts } =
  json('package.json');
const installed = Object.entries<Package>(json('package-lock.json').packages).filter(([path]) => path !== '');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

// Compiling takes a while on a busy machine.
beforeAll(build, 120_000);

test('every dependency is one exact version', () => {
  const versions = Object.entries<string>({ ...dependencies, ...optionalDependencies, ...devDependencies });
  expect(versions.length).toBeGreaterThan(20);
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-beta\.\d+)?$/.test(version))).toEqual([]);
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

/** Packages that the declarations of a file import, and those of all files that it imports. Node's types are a package. */
function packagesOf(file: URL, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file.href)) return packages;
  seen.add(file.href);
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)) {
    if (from.startsWith('node:')) packages.add('@types/node');
    else if (!from.startsWith('.')) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? from);
    else for (const name of packagesOf(new URL(from.replace(/\.[jt]s$/, '.d.ts'), file), seen)) packages.add(name);
  }
  return packages;
}

test('what the types of the package need is a dependency, or an optional peer that programs in JavaScript do without', () => {
  const needed = packagesOf(new URL('../dist/src/index.d.ts', import.meta.url));
  expect(needed).toContain('@types/node');
  expect([...needed].filter((name) => !(name in dependencies) && !(name in peerDependencies))).toEqual([]);
  const optional = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional === true);
  expect(optional).toEqual(Object.keys(peerDependencies));
});

test('the package has nothing of src/testing, which is not published', () => {
  const { exclude } = json('tsconfig.build.json');
  expect(exclude).toContain('src/testing');
  expect(existsSync(new URL('../dist/src/testing', import.meta.url))).toBe(false);
});
