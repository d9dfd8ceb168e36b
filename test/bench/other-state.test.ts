import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildIn } from '../../bench/compare/build.ts';
import { Commands } from '../../bench/compare/commands.ts';
import { commitOf } from '../../bench/compare/git.ts';
import { Worktree } from '../../bench/compare/worktree.ts';
import { UsageError } from '../../scripts/program.ts';
import { Child } from '../support/child.ts';
import { Repository } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROGRAM = new URL('../support/other-state.ts', import.meta.url);
const BUILD = "require('node:fs').writeFileSync('built', 'first')";

/** A worktree with the first commit of a repository, which is removed after the test. */
function checkedOut(repository: Repository): Worktree {
  const worktree = new Worktree(repository.folder);
  onTestFinished(() => worktree.remove());
  worktree.checkOut(commitOf(repository.folder, 'main'));
  return worktree;
}

describe('the commit', () => {
  test('has a name: branch, tag, or what git derives from one', () => {
    const repository = new Repository(BUILD);
    repository.git('tag', 'v1');
    const first = repository.git('rev-parse', 'HEAD').trim();
    repository.write('more', '');
    repository.commit();
    for (const ref of ['v1', 'main~1', first.slice(0, 12)]) expect(commitOf(repository.folder, ref)).toBe(first);
  });

  test.each(['nowhere', '--all', 'HEAD:package.json'])('is missing: %s', (ref) => {
    const { folder } = new Repository(BUILD);
    const text = `this repository has no commit '${ref}': name a branch, a tag or a commit.`;
    expect(() => commitOf(folder, ref)).toThrow(new UsageError(text));
  });

  test('takes a repository', () => {
    expect(() => commitOf(temporaryFolder(), 'main')).toThrow(/^--against takes a git repository: .*not a git/);
  });
});

describe('the worktree', () => {
  test('is not made when git refuses', () => {
    const worktree = new Worktree(new Repository(BUILD).folder);
    onTestFinished(() => worktree.remove());
    expect(() => worktree.checkOut('nowhere')).toThrow(UsageError);
    expect(() => worktree.checkOut('nowhere')).toThrow(/^nowhere cannot be checked out: .*invalid reference/s);
  });

  test('has the files of the commit; the checkout and its index stay as they are', () => {
    const repository = new Repository(BUILD);
    repository.write('package.json', '{}');
    repository.write('staged', 'new');
    repository.git('add', 'staged');
    const before = repository.git('status', '--porcelain');
    const { folder } = checkedOut(repository);
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toHaveProperty('scripts');
    expect(existsSync(join(folder, 'staged'))).toBe(false);
    expect(repository.git('status', '--porcelain')).toBe(before);
    expect(repository.git('branch', '--format=%(refname:short)', '--list', 'main')).toBe('main\n');
  });

  test('is removed, with what was built in it, and can be removed again', () => {
    const repository = new Repository(BUILD);
    const worktree = checkedOut(repository);
    expect(repository.worktrees()).toHaveLength(2);
    worktree.remove();
    worktree.remove();
    expect(existsSync(join(worktree.folder, '..'))).toBe(false);
    expect(repository.worktrees()).toEqual([realpathSync(repository.folder)]);
  });

  test('leaves the other worktrees of the repository alone, also those whose folder is missing', () => {
    const repository = new Repository(BUILD);
    for (const name of ['kept', 'gone'])
      repository.git('worktree', 'add', '--quiet', '--detach', join(repository.folder, name), 'main');
    rmSync(join(repository.folder, 'gone'), { recursive: true });
    const known = repository.worktrees();
    expect(known).toHaveLength(3);
    checkedOut(repository).remove();
    expect(repository.worktrees()).toEqual(known);
  });
});

describe('the build', () => {
  test('has the installed modules of this checkout, as files of its own', async () => {
    const repository = new Repository(BUILD);
    const { folder } = checkedOut(repository);
    await buildIn(folder, repository.folder, new Commands());
    expect(readFileSync(join(folder, 'built'), 'utf8')).toBe('first');
    const inode = (root: string) => statSync(join(root, 'node_modules/one/index.js')).ino;
    expect(inode(folder)).toBe(inode(repository.folder));
    expect(realpathSync(join(folder, 'node_modules'))).toBe(join(realpathSync(folder), 'node_modules'));
    expect(readlinkSync(join(folder, 'node_modules/link'))).toBe('one/index.js');
  });

  test('installs its own when the lock file is another one', async () => {
    const repository = new Repository(BUILD);
    const { folder } = checkedOut(repository);
    repository.write('package-lock.json', '{}');
    await buildIn(folder, repository.folder, new Commands());
    expect(existsSync(join(folder, 'built'))).toBe(true);
    expect(existsSync(join(folder, 'node_modules/one'))).toBe(false);
  });

  test('that fails shows its output', async () => {
    const repository = new Repository("console.log('out'); console.error('err'); process.exit(3)");
    const { folder } = checkedOut(repository);
    const text = `\`npm run --silent prebench\` fails in ${folder}:\nout\nerr`;
    await expect(buildIn(folder, repository.folder, new Commands())).rejects.toThrow(new UsageError(text));
  });

  test('does not exist in a state without benchmark', async () => {
    const text = 'that state has no script `prebench`, so that it cannot be compared.';
    await expect(buildIn(temporaryFolder(), process.cwd(), new Commands())).rejects.toThrow(new UsageError(text));
  });
});

describe('nothing is left', () => {
  const leavesNothing = (repository: Repository, folder: string): void => {
    expect(existsSync(join(folder, '..'))).toBe(false);
    expect(repository.worktrees()).toEqual([realpathSync(repository.folder)]);
  };

  test('when the process has done its work', async () => {
    const repository = new Repository(BUILD);
    const child = new Child(PROGRAM, repository.folder, 'main');
    const folder = await child.stdout.first(() => true);
    expect(readFileSync(join(folder, 'built'), 'utf8')).toBe('first');
    await child.stop();
    expect(await child.ended).toBe(0);
    leavesNothing(repository, folder);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('when %s comes during the build: that ends, too', async (signal, code) => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connected = once(server, 'connection');
    const repository = new Repository(`require('node:net').connect(${port}, '127.0.0.1').write(process.cwd())`);
    const child = new Child(PROGRAM, repository.folder, 'main');
    const [building] = (await connected) as [Socket];
    const closed = once(building, 'close');
    const [folder] = await once(building, 'data');
    onTestFinished(() => rmSync(join(String(folder), '..'), { recursive: true, force: true }));
    child.signal(signal);
    expect(await child.ended).toBe(code);
    await closed;
    leavesNothing(repository, String(folder));
  });
});
