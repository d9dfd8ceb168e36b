import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GIT_ENVIRONMENT } from '../../bench/compare/git.ts';
import { temporaryFolder } from './temporary-folder.ts';

const LOCK = { name: 'small', lockfileVersion: 3, requires: true, packages: { '': { name: 'small' } } };

/** A small git repository with one commit, which is removed after the test. */
export class Repository {
  readonly folder = temporaryFolder();

  /** @param prebench Source of what its script `prebench` runs. */
  constructor(prebench: string) {
    this.git('init', '--quiet', '--initial-branch', 'main');
    this.write('.gitignore', 'node_modules/\n');
    this.write('package.json', JSON.stringify({ name: 'small', scripts: { prebench: 'node prebench.cjs' } }));
    this.write('package-lock.json', JSON.stringify(LOCK));
    this.write('prebench.cjs', prebench);
    this.commit();
    this.write('node_modules/one/index.js', 'one');
    symlinkSync('one/index.js', join(this.folder, 'node_modules/link'));
  }

  write(file: string, text: string): void {
    mkdirSync(join(this.folder, file, '..'), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** Commits everything. */
  commit(): void {
    this.git('add', '--all');
    const author = ['-c', 'user.name=Nobody', '-c', 'user.email=nobody@example.com', '-c', 'commit.gpgSign=false'];
    this.git(...author, 'commit', '--quiet', '--message', 'A state.');
  }

  /** Folders of all worktrees that git knows of. */
  worktrees(): readonly string[] {
    const lines = this.git('worktree', 'list', '--porcelain').split('\n');
    return lines.filter((line) => line.startsWith('worktree ')).map((line) => line.slice('worktree '.length));
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', ['-C', this.folder, ...args], { encoding: 'utf8', env: GIT_ENVIRONMENT });
  }
}
