// The package as users install it, without a network: packed, and its dependencies linked from the repository.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/**
 * Installs the packed package into a folder, with nothing else than its own dependencies and the named packages. A
 * module that the package needs and does not depend on is missing there, as it would be for a user.
 *
 * @param others Packages that the user has installed, too.
 */
export function installPacked(folder: string, others: readonly string[]): void {
  const modules = join(folder, 'node_modules');
  const target = join(modules, 'signalbox');
  mkdirSync(target, { recursive: true });
  // Without its scripts: it was built before the tests, and a second build would remove files that other tests use.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const packed = JSON.parse(
    execFileSync('npm', pack, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const [{ filename }] = Object.values(packed) as [{ filename: string }];
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', target, '--strip-components=1']);
  rmSync(join(folder, filename));
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  const own = Object.keys({ ...dependencies, ...optionalDependencies });
  for (const name of new Set([...own, ...others])) link(name, modules);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
}

/** Names of the files of an installed package, relative to its folder. */
export function filesOf(folder: string): string[] {
  return readdirSync(join(folder, 'node_modules/signalbox'), { recursive: true, encoding: 'utf8' });
}

function link(name: string, modules: string): void {
  const at = join(modules, name);
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), at);
}
