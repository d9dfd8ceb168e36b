// The package where it is installed, with nothing but what it depends on, as in an image for production.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf, installPacked } from '../support/packed-package.ts';
import { build, Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = resolve(import.meta.dirname, '../..');

const parent = mkdtempSync(join(tmpdir(), 'signalbox-installed-'));
/** The installed package. */
const folder = join(parent, 'node_modules', 'signalbox');

beforeAll(() => {
  build();
  installPacked(parent, []);
}, 120_000); // Compiling takes a while on a busy machine.
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** Files of a folder, with their sizes and the times of their last change. */
function contentOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    })
    .sort();
}

/** A group of processes: npm, its shell, and the server. On SIGTERM npm ends its shell, and not what that has started. */
class StartedByNpm extends Standalone {
  protected override launch([, , ...args]: readonly [string, ...string[]]) {
    return super.launch(['npm', ...args], { detached: true });
  }

  override kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // All of them have ended.
    }
  }

  protected override terminate(): void {
    this.kill('SIGKILL');
  }
}

/** What npm says to a script of the package, and its exit code. */
function npm(cwd: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('npm', [...args, '--silent'], { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('an installed package', () => {
  test('starts with npm start, and writes nothing into its folder', async () => {
    const before = contentOf(folder);
    const program = new StartedByNpm(
      '--prefix',
      folder,
      '--silent',
      'start',
      '--',
      '--port',
      '0',
      '--data',
      temporaryFolder(),
    );
    await program.port();
    program.kill('SIGTERM');
    await program.exited;
    expect(contentOf(folder)).toEqual(before);
    expect(before.some((file) => file.startsWith('dist/src/cli/main.js '))).toBe(true);
  });

  test('keeps what was built when there is nothing to build with', () => {
    const before = contentOf(join(folder, 'dist'));
    // In an image the sources may be missing when npm installs the dependencies, or they may be there.
    expect(npm(folder, 'run', 'prepare')).toEqual({ status: 0, stdout: '', stderr: '' });
    cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
    expect(npm(folder, 'run', 'prepare')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^signalbox: nothing is built, because typescript, tsx, .* is not installed\.\n$/),
    });
    expect(contentOf(join(folder, 'dist'))).toEqual(before);
  });

  test('that was not built says so, and does not start', () => {
    rmSync(join(folder, 'dist'), { recursive: true });
    expect(npm(folder, 'start')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'signalbox: it is not built yet. npm ci builds it, and so does npm run build.\n',
    });
  });
});

describe('the package', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  test('says where its source, its page and its issues are: a registry resolves the links of README.md there', () => {
    const [, home] = /^git\+(https:\/\/.*)\.git$/.exec(manifest.repository.url) ?? [];
    expect(home).toMatch(/^https:\/\/github\.com\/[\w-]+\/signalbox$/);
    expect(manifest).toMatchObject({ homepage: `${home}#readme`, bugs: `${home}/issues`, repository: { type: 'git' } });
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`git+${home}.git`);
  });

  test('is built when it is installed from git, and before it is packed', () => {
    // npm runs `prepare` in both cases, but only after it has listed the files that it will pack.
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(['prepare', 'prepack']));
  });

  test('holds every document that README.md and the documents link to', () => {
    const paths = filesOf(parent);
    const links = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(
      ([, target = '']) => target,
    );
    expect(links.length).toBeGreaterThan(20);
    // Sources and tests are in the repository only.
    const missing = links.filter((link) => !paths.some((path) => path === link || path.startsWith(`${link}/`)));
    expect(missing.filter((link) => !/^(src|test|machines)\//.test(link))).toEqual([]);
  });
});
